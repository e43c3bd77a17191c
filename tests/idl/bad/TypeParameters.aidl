parcelable TypeParameters<T, > { int x; }
