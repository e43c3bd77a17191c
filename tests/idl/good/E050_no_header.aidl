parcelable E050_no_header { int x; }
