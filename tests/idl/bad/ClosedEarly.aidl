// One `}` too many: what stood inside of the interface is told once.
interface ClosedEarly {
    const int VERSION = };
    void first();
    int second(in int[] a);
    String third();
}
