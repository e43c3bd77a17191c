interface java_only { void a(in Map x); Map<String, String> b(); CharSequence c(); void d(in List<CharSequence> e, in CharSequence[] f); }
