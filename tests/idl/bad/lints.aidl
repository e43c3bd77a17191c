import other.Thing;
import another.Thing;
/** All lints of AIDL, and places where they are off. */
interface lints {
    const int lowercase = 1;
    @SuppressWarnings(value={"const-name"}) const int lowercase2 = 1;
    void a(out int[] x, inout int[] y);
    oneway void b();
    @SuppressWarnings(value={"all"}) void c(out int[] x, inout int[] y);
    @SuppressWarnings(value={"const-name", "enum-explicit-default"})
    parcelable Quiet { Kind kind; const int lowercase3 = 2; }
    parcelable Loud { Kind kind; Kind good = Kind.ONE; }
    enum Kind { ONE, two }
}
