interface ids_some { void a() = 1; void b(); void c() = 3; }
