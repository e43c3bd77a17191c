interface unclosed_method {
    void a(int x;
    void b();
    int c(
}
