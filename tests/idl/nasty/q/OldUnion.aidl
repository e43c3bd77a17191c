package q;
/** @deprecated */
union OldUnion { int a; /** @deprecated gone */ String s; }
