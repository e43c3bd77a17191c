@SuppressWarnings(value={"interface-name"})
interface W017_out_nullable { void f(out @nullable IBox box); parcelable IBox { int n; } }
