interface const_operands {
    const int A = ~true;
    const String B = "a" - "b";
    const String C = "a" + 1;
    const int D = -"a";
    const int[] E = {1} + {2};
    const boolean F = "a" == "a";
    const int G = 'a' + 1;
    const String H = 'a';
    const char I = "a";
    const char J = 97;
}
