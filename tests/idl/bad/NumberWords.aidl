interface NumberWords {
    const int TRUE4 = 4true;
    const double TWICE = 1.5.2;
    const double EMPTY = 1e;
    const double LARGE = 1e999;
}
