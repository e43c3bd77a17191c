package demo.camera;

/** One picture, with what is known of it. */
parcelable Image {
    /** How the bytes are to be read. */
    @Backing(type="int")
    enum Format {
        /** One byte per pixel. */
        GREY,
        /** Three bytes per pixel: red, green, blue. */
        RGB,
    }

    const int MAX_SIDE = 1 << 14;

    Format format = Format.RGB;
    int width;
    int height;
    /** Rows from the top, without gaps. */
    byte[] pixels;
    List<String> tags;
}
