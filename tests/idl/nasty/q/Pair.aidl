package q;
/** Two. */
parcelable Pair<A, B> { int first; String second; int[2] two = {1, 2}; String[] words = {"x"}; }
