interface const_floats {
    const float A = 1.5;
    const float B = 1;
    const double C = 2;
    const int D = 1.0;
    const float E = 1e50f;
    const double F = 1e310;
    const float G = 1.5f + 1.0f;
    const double H = 1 + 1.5;
    const double I = ~1.5;
}
