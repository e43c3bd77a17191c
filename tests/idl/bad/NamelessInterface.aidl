interface { void a(); }
