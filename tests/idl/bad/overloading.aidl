interface overloading {
    void f(int x);
    int g();
    void f(String x);
}
