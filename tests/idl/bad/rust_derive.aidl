@RustDerive(PartialEq=true, Eq=true)
parcelable rust_derive { Bare bare; Half half; int x; parcelable Bare { int x; } @RustDerive(Eq=true) parcelable Half { int x; } }
