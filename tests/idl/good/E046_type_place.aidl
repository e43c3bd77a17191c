interface E046_type_place {
  parcelable Any { ParcelableHolder holder; int[2][3] grid; }
  parcelable Pair<T> { int first; }
  Any get(in Pair<Any> pair);
}
