union union_empty { const int X = 1; enum E { A } }
