parcelable array_sizes { const String S = "3"; int[-1] a; int["3"] b; int[S] c; int[NONE] d; int[1 << 40] e; int[1.5] f; }
