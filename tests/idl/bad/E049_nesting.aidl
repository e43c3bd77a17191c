interface E049_nesting {
  parcelable Foreign;
  parcelable Outer.Inner { int x; }
  parcelable Pair<T> {
    parcelable Inside { int x; }
    int x;
  }
}
