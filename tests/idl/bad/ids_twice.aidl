interface ids_twice { void a() = 3; void b() = 4; void c() = 3; }
