interface argument_twice { void a(int x, String y, boolean x); }
