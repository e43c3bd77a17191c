interface directions_missing {
    parcelable P { int x; }
    union U { int x; }
    void a(P p, U u, int[] x, int[2] y, List<String> z, ParcelFileDescriptor f);
}
