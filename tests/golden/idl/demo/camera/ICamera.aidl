package demo.camera;

import demo.camera.Image;

/**
 * A camera of another process.
 *
 * Exposure is in microseconds.
 */
interface ICamera {
    /** The exposure that is tried first. */
    const int DEFAULT_EXPOSURE = 20 * 1000;

    /** Takes one picture. */
    Image take(Image.Format format, int exposure);
    /** Finds the brightest pixels; brightest first. @return how many there are. */
    int brightest(in Image image, out int[] offsets);
    /** Writes a line into the camera's log. */
    oneway void log(String line);
}
