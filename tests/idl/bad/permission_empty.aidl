interface permission_empty { @EnforcePermission void a(); @EnforcePermission() void b(); @RequiresNoPermission @PermissionManuallyEnforced void c(); }
