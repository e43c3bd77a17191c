interface AidlDirections {
    parcelable P { int x; }
    enum E { A }
    void a(P p, List<P> l, int[4] f, out E e, in int ok, out P fine, inout int[] also);
    oneway void b(out P p);
}
