interface AidlIds { void a() = 16777115; void b() = -1; void c() = 16777114; void d() = "x"; }
