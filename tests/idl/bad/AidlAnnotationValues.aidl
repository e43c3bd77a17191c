@SuppressWarnings("x")
@VersionSupport(version="1")
interface AidlAnnotationValues {
  const int N = 1;
  @UnsupportedAppUsage(maxTargetSdk=N) void a();
  @EnforcePermission void b();
  @EnforcePermission(value="A", allOf={"B", 1}) void c();
  @UnsupportedAppUsage(maxTargetSdk=1, maxTargetSdk=2) void d();
  @UnsupportedAppUsage(maxTargetSkd=1) void e();
  @Deadline(0) void f();
  @Deadline("soon") void g();
}
