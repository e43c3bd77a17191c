/*
 * A licence, which documents nothing.
 */

package demo.media;

/** One picture. */
@VintfStability
@JavaDerive(equals=true, toString=true)
parcelable Frame {
    /** How the bytes are to be read. */
    @Backing(type="int")
    enum Format {
        /** Grey. */
        GREY,
        RGB = 3,
    }
    parcelable Region {
        int x = 0;
        int y = -1;
        @utf8InCpp String label = "all" + " of it";
    }
    const int MAX = (1 << 12) - 1;
    const long BIG = 0x7fffffffffffffffL;
    const String NAME = "frame";
    const byte SMALL = 0xff - 255;

    int width = MAX;
    int height;
    Format format = Format.RGB;
    byte[] data;
    byte single;
    char unit = 'c';
    long time;
    boolean final_;
    float gain;
    double scale = 1.0;
    Region[] regions;
    List<Region> more;
    int[4] window;
    String[2] names;
    List<String> tags;
}
