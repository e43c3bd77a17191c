interface E049_nesting {
  parcelable Outer {
    parcelable Inner { int x; }
    int x;
  }
}
