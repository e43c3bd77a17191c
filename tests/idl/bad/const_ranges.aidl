interface const_ranges {
    const byte A = 128;
    const byte B = 0xFF;
    const byte C = -129;
    const int D = 2147483648;
    const int E = -2147483649;
    const int F = 0x1ffffffff;
    const long G = 9223372036854775808;
    const int H = 4294967296u32;
    const long I = 18446744073709551616u64;
    const byte J = 256u8;
    const long K = 0x1ffffffffffffffff;
}
