@FixedSize
parcelable E044_varying_size {
  parcelable Inner { int x; }
  String name;
  int[] numbers;
  Inner inner;
  @nullable Inner[2] maybe;
}
