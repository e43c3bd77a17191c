interface const_unknown {
    const int LIMIT = 3;
    const int A = LIMT;
    const int B = E.BLEU;
    const int C = none.such.NAME;
    const int D = E;
    enum E { RED, BLUE, GREEN = E.REED }
}
