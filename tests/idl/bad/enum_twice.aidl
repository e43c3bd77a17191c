enum enum_twice { A, B, A = 3 }
