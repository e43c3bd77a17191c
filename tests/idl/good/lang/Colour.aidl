// aidl.md: `enum X { A, B = expr, }`, autofill previous + 1, trailing comma, byte without @Backing.
package lang;

/** A colour. */
enum Colour {
    /** The first is zero. */
    RED,
    GREEN,
    BLUE = GREEN + 9,
    VIOLET, // 11
}
