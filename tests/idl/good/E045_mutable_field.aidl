@JavaOnlyImmutable
parcelable E045_mutable_field {
  @JavaOnlyImmutable parcelable Inner { int x; }
  Inner inner;
  String name;
}
