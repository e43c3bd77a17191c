package demo.camera;

/** The brightness of a picture's bytes. */
parcelable Statistics {
    int darkest;
    int brightest;
    double mean;
}
