package demo.media;

import demo.media.Frame;

/**
 * A camera.
 *
 * Speaks of frames.
 */
interface ICamera {
    const int VERSION = 2;

    /** Takes one. */
    Frame take(in Frame.Region where, out int[] histogram) = 1;
    boolean set(in Frame.Format format, inout Frame frame, in byte[] raw, in @utf8InCpp String[] names) = 7;
    String[] list(in List<Frame> some, out byte[8] key) = 3;
    oneway void log(String line) = 10;
    Status status() = 4;
    IListener.State state() = 5;
}
