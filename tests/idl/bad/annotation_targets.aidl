@FixedSize @Backing(type="int") @nullable @utf8InCpp @JavaDerive @RustDerive @PropagateAllowBlocking
interface annotation_targets {
    @VintfStability void a();
    @SensitiveData parcelable P { @JavaDefault int x; @Descriptor("x") int y; }
    @JavaOnlyStableParcelable enum E { A }
    void b(@SuppressWarnings({"x"}) int x, @EnforcePermission("x") int y);
    @VersionSupport(version=1) union U { int x; }
    @JavaDelegator const int C = 1;
}
