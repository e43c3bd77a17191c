package demo.camera;

/** The brightness of a picture's bytes, from 0 to 255. */
parcelable Statistics {
    int darkest;
    int brightest;
    /** The arithmetic mean. */
    double mean;
}
