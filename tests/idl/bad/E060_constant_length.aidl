parcelable E060_constant_length {
  int[3] a = {1, 2};
  int[1] b = {};
  int[2] c = {1, 2, 3};
}
