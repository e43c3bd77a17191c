enum enum_generic<T> { A }
