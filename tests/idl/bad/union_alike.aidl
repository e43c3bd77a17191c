union union_alike { int size; String Size; }
