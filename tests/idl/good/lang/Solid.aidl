// aidl.md: @FixedSize parcelables and unions: primitives, enums, fixed arrays, @FixedSize of any depth.
package lang;

import lang.Level;

@FixedSize
parcelable Solid {
    boolean yes;
    byte tiny;
    char letter;
    int whole;
    long large;
    float single;
    double twice;
    int[3] three;
    long[3][2] grid;
    Level level = Level.LOW;
    Either either;
    Nothing[3] nothings;
    Either[2] eithers;

    @FixedSize parcelable Nothing {}
    @FixedSize union Either {
        boolean yes = false;
        char letter;
        long large;
        float[4] quad;
        Level level;
    }
}
