parcelable EmptyParameters<> { int x; }
