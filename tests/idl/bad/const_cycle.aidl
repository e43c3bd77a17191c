interface const_cycle {
    const int A = B + 1;
    const int B = C * 2;
    const int C = A - 1;
    const int SELF = SELF;
    enum E { X = Y, Y = Z, Z = X, W = E.W }
}
