@nullable
parcelable nullable_places {
    @nullable int a;
    @nullable E b;
    @nullable(heap=true) String c;
    @nullable(heap=true) P[] d;
    @nullable boolean e;
    @nullable(heap=true) int f;
    @nullable(heap=true) E g;
    enum E { A }
    parcelable P { int x; }
}
