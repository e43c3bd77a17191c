parcelable enum_defaults {
    enum E { A = 1, B = 2 }
    enum F { C }
    E a = 1;
    E b = E.A | E.B;
    E c = F.C;
    E d = "A";
    E[] e = {E.A, 2};
    E f = E.Z;
}
