interface immutable_out { @JavaOnlyImmutable parcelable P { int x; } void a(out P p, inout P q, in P r); }
