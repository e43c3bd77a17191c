package demo.camera;

import demo.camera.Format;
import demo.camera.Image;
import demo.camera.Statistics;

/** A camera in another process. */
interface ICamera {
    /** The longest edge of a picture, in pixels. */
    const int MAX_EDGE = 8192;

    /** Takes a picture of width by height pixels, each from 1 to MAX_EDGE. Any other size is an error. */
    Image capture(Format format, int width, int height);

    /** Looks at every byte of a picture. @return how many there were. */
    long analyse(in Image image, out Statistics statistics);

    /** Writes a line to the camera's log. */
    oneway void log(String line);

    /** How many lines were logged so far. */
    int logged();
}
