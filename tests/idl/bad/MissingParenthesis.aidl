interface MissingParenthesis {
    void a int x);
    void b(int x;
    void c(int x
    void d();
}
