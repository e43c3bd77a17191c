parcelable nested_parent { int x; enum nested_parent { A } parcelable Inner { parcelable Inner { int y; } } }
