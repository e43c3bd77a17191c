interface DirectionWords {
    void a(inn String[] x);
    void b(input String[] x);
    void c(in out String[] x);
    void d(in in String[] x);
    void e(String[] in x);
    void f(const String x);
    void g(ref String[] x);
}
