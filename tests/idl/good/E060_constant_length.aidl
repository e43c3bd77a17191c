parcelable E060_constant_length {
  int[3] a = {1, 2, 3};
  int[] b = {};
}
