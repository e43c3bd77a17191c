parcelable duplicates { int x; String x; const int K = 1; const String K = "2"; }
