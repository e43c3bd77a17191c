interface E062_permission_conflict {
  @RequiresNoPermission void a();
  @EnforcePermission("A") void b();
  @EnforcePermission(anyOf={"A", "B"}) void c();
}
