interface void_places { void a(void x); void[] b(); @nullable void c(); parcelable P { void x; List<void> y; } const void Z = 0; }
