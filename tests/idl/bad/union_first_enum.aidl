union union_first_enum { E e; int x; enum E { A, B } }
