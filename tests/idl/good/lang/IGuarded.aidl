// aidl.md: @EnforcePermission with each of its parameters, and its opposites, on methods.
package lang;

interface IGuarded {
    @EnforcePermission("ONE") void one();
    @EnforcePermission(anyOf={"ONE", "TWO"}) void any();
    @EnforcePermission(allOf={"ONE", "TWO"}) void all();
    @PermissionManuallyEnforced void manual();
    @RequiresNoPermission void none();
    void plain();
    @EnforcePermission(value="THREE") interface IWhole { void inner(); }
}
