@EnforcePermission("A")
interface E062_permission_conflict {
  @RequiresNoPermission void a();
  void b();
  @EnforcePermission(anyOf={"A"}) @PermissionManuallyEnforced void c();
}
