@SuppressWarnings(value={"interface-name"})
interface W017_out_nullable { IBox f(); parcelable IBox { int n; } }
