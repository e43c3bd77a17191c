parcelable builtin_name { enum String { A } parcelable List { int x; } interface IBinder { } }
