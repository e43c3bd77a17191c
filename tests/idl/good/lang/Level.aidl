// aidl.md: @Backing(type="int"), operators and references in enumerators, forward references, enumerators of another enum.
package lang;

import lang.Colour;

@Backing(type="int")
@JavaDerive(toString=true)
@VintfStability
enum Level {
    LOW = -(1 << 4),
    MIDDLE = Colour.BLUE * 100,
    TOP = LAST - 1,
    HEX = 0x7fffffff,
    NEGATIVE = 0xffffffff,
    LAST = (HEX - MIDDLE) / 2,
}
