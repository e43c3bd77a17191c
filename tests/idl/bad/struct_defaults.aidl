parcelable struct_defaults {
    List<String> a = {"x"};
    P b = {};
    IBinder c = 0;
    @nullable String d = null;
    P e = 3;
    parcelable P { int x; }
}
