@FixedSize
parcelable E044_varying_size {
  @FixedSize parcelable Inner { int x; }
  int number;
  int[3] numbers;
  Inner[2] inner;
}
