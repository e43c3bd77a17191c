parcelable AidlTwo { int x }
parcelable Other<T> { T x; };
parcelable Opaque cpp_header "x.h";
