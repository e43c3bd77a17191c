import no.such.Type;
interface AidlMembers {
    void a(in int x, byte[] y, out String z, inout boolean w);
    oneway String b();
    void c(in @utf8InCpp String x, in List<String> l, List<AidlMembers> m);
    short d();
    unsigned e(uint8_t x);
    void f(@nullable String x) = 3;
    const int X = 08;
    const String S = "\n";
    int g(int _aidl_x);
    List h();
    Map i();
    @Foo @VintfStability void j();
    parcelable AidlMembers { int x; }
}
