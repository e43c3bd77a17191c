@FixedSize
parcelable fixed_size_fields {
    int[] a;
    Loose b;
    String c;
    ParcelFileDescriptor d;
    IBinder e;
    List<String> f;
    int fine;
    @nullable Tight g;
    @nullable(heap=true) Tight h;
    float[16] also_fine;
    String[2] i;
    parcelable Loose { int x; }
    @FixedSize parcelable Tight { int x; }
    @FixedSize union U { int x; String y; }
}
