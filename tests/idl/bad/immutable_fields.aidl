@JavaOnlyImmutable
parcelable immutable_fields { Loose a; List<Loose> b; IBinder c; int size; int Size; Tight d; parcelable Loose { int x; } @JavaOnlyImmutable parcelable Tight { int x; } }
