interface literals {
    const int A = 1__0;
    const int B = 10_;
    const int C = 0x;
    const int D = 0xFF_L;
    const int E = 12abc;
    const long F = 5LL;
    const int G = 08;
}
