@EnforcePermission("ADMIN")
interface Ward {
    int everything();
}
