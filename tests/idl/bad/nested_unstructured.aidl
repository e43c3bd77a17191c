interface nested_unstructured { parcelable Inner cpp_header "inner.h"; void f(in Inner x); }
