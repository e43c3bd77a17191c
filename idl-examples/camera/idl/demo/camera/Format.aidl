package demo.camera;

/** How a pixel is stored. */
enum Format {
    /** One byte of brightness. */
    GRAY8,
    /** Three bytes: red, green, blue. */
    RGB24,
}
