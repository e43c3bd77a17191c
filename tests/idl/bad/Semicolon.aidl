interface Semicolon { void a(); };
