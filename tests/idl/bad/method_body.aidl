interface method_body { void a() { return; } int b(); private void c(); static int d = 3; }
