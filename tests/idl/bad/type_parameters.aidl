parcelable type_parameters<T, U, T> { T x; int y; }
