interface E046_type_place {
  ParcelableHolder get();
  void put(in ParcelableHolder holder);
  void map(in Map map, CharSequence text);
  void grid(in int[][] open, in int[2][] half);
  parcelable Lists { List<String>[] lists; ParcelableHolder[] holders; }
  union Either { int number; ParcelableHolder holder; }
  parcelable Pair<T> { T first; }
}
