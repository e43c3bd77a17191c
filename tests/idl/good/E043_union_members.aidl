parcelable E043_union_members { int number; }
