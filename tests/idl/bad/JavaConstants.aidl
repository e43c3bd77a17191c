interface JavaConstants {
    static final int A = 1;
    public static final String B = "x";
    final int C = 2;
    int D = 3;
    const E = 4;
    const int F;
    int g;
}
