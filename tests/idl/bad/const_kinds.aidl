interface const_kinds {
    const IBinder A = 1;
    const const_kinds B = 2;
    const P C = {};
    const List<String> D = {"x"};
    const int E;
    parcelable P { int x; }
}
