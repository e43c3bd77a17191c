union union_tag { int x; enum Tag { A } }
