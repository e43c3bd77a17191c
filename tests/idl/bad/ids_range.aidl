interface ids_range { void a() = 16777115; void b() = 99999999999999999999; void c() = -1; }
