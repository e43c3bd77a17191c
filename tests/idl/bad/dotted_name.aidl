parcelable a.dotted_name { int x; }
