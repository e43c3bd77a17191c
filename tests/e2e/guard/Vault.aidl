/** A service whose methods ask who calls. */
interface Vault {
    int open();
    @EnforcePermission("READ") int read();
    @EnforcePermission(allOf={"READ", "WRITE"}) void write(int value);
    @EnforcePermission(anyOf={"WRITE", "ADMIN"}) int level();
    @EnforcePermission("WRITE") oneway void post(int value);
    int rootOnly();
    int faulty();
    int callerUid();
}
