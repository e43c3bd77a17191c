parcelable type_per_file { int x; }
parcelable Unstructured;
enum Second { A }
interface Third { }
