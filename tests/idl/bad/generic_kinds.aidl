interface generic_kinds<T> { void f(); }
