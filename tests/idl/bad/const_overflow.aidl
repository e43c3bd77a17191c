interface const_overflow {
    const int A = 1 / 0;
    const int B = 1 % (2 - 2);
    const int C = 2147483647 + 1;
    const int D = 65536 * 65536;
    const int E = -2147483647 - 2;
    const long F = 9223372036854775807 + 1;
    const int G = 1 << 32;
    const int H = -1 << 3;
    const int I = -8 >> 1;
    const int J = 3 << 31;
    const long K = 1L << 64;
    const int L = 1 >> 40;
}
