@VintfStability @VintfStability
@SuppressWarnings
@Descriptor("x")
interface AidlAnnotations {
    const int K = 1;
    @utf8InCpp String a(@Backing(type="int") int x);
    @JavaPassthrough(annotation="@Foo") @JavaPassthrough(annotation="@Bar") void b();
    @VersionSupport(version=K) void c();
    @Descriptor(value="y", other=2) enum E { A }
}
