parcelable E046_type_place { int[6] cells; }
