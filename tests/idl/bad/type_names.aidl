interface type_names { void a(Sting x, in Strign[] y, list<String> z, Boolean w); }
