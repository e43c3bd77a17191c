package demo.camera;

import demo.camera.Format;

/** A picture, row by row from the top, without gaps between rows. */
parcelable Image {
    Format format = Format.GRAY8;
    int width;
    int height;
    byte[] pixels;
}
