package demo.camera;

import demo.camera.Format;
import demo.camera.Image;
import demo.camera.Statistics;

/** A camera in another process. */
interface ICamera {
    const int MAX_EDGE = 8192;

    /** Takes a picture of at most MAX_EDGE pixels in each direction. */
    Image capture(Format format, int width, int height);

    /** Looks at every byte of a picture. @return how many there were. */
    long analyse(in Image image, out Statistics statistics);

    /** Writes a line to the camera's log; nobody waits for it. */
    oneway void log(String line);

    /** How many lines were logged so far. */
    int logged();
}
