@Descriptor(value=3)
@SuppressWarnings("alone")
@VersionSupport(version="one")
@JavaPassthrough
interface annotation_values {
    const String K = "x";
    @JavaPassthrough(annotation=K) void a();
    @nullable(heap=1) P b();
    @EnforcePermission(value="A", value="B") void c();
    @JavaDerive(toString="yes") parcelable P { int x; }
    @Deadline(0) void d();
}
