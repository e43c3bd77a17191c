package demo.camera;

import demo.camera.Format;

/** A picture, row by row from the top, without gaps between rows. */
parcelable Image {
    Format format = Format.GRAY8;
    /** In pixels. */
    int width;
    /** In pixels. */
    int height;
    /** As many as width, height and format make; each from 0, dark, to 255. */
    byte[] pixels;
}
