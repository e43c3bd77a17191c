// aidl.md: primitive types, constants of every type, every operator, suffixes, separators, hex reinterpreted, references across types.
package lang;

import lang.Colour;

parcelable Numbers {
    const boolean YES = true;
    const byte SMALL = -128;
    const byte TOP_BYTE = 0xFFu8;
    const char LETTER = 'x';
    const int ALL_BITS = 0xffffffff;
    const int UNSIGNED = 4_000_000_000u32;
    const long BIG = 1L << 40;
    const long WIDE = 18446744073709551615u64;
    const float HALF = 0.5f;
    const double TENTH = 1e-1;
    const String NAME = "num" + "bers";
    const int[] PRIMES = {2, 3, 5, 7,};
    const String[] WORDS = {"one", "two"};

    const int OR = 1 || 0;
    const int AND = 1 && 0;
    const int BITS = (0x0f ^ 0x33 & 0x99 | 1) + ~0;
    const int EQUAL = 1 == 4 == 0;
    const int OTHER = 3 != 4;
    const int ORDER = 2 < 3 <= 1 > 0 >= 1;
    const int SHIFT = 1 << 30 >> 28;
    const int BACK = 8 << -1;
    const int SUM = 2 + 3 - 4 * -7 / (10 % 3);
    const int NOT = !!(1 << 31);
    const int PLUS = +(((((1 + 0)))));

    boolean truth = YES;
    byte tiny = SMALL;
    char letter = LETTER;
    int whole = ALL_BITS;
    long large = BIG;
    float single = HALF;
    double twice = 3.14f;
    int lowest = -2147483648;
    int colours = Colour.RED | Colour.BLUE;
    long stamp = lang.Stamp.FAR; // needs no import
    Colour colour = Colour.VIOLET;
    boolean nothing;
    byte[] bytes = {-1, 255u8, 0x80u8 / 2};
    int[] primes = {OR, EQUAL, Colour.BLUE, /* nested */ (1 + 2) * 3};
    double[] empty = {};
}
