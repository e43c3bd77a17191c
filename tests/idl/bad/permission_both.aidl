@EnforcePermission("A")
interface permission_both { @RequiresNoPermission void a(); @PermissionManuallyEnforced void b(); @EnforcePermission("B") void c(); void d(); }
