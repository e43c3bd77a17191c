package q;
parcelable Empty {}
