interface MissingBrace
    void a(int x);
    void b();
}
