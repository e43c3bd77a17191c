package q;
/** @deprecated use New */
parcelable Old { int a; String s; /** @deprecated */ int b; }
