interface missing_direction_order { void a(@nullable in String[] x); void b(String in x); void c(int); void d(int x,); }
