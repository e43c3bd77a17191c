parcelable nested_twice { enum E { A } parcelable E { int x; } }
