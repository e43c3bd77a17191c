parcelable nested_generic<T> { parcelable Inner { int x; } int y; }
