@JavaOnlyImmutable
parcelable E045_mutable_field {
  parcelable Inner { int x; }
  Inner inner;
  ParcelFileDescriptor file;
}
