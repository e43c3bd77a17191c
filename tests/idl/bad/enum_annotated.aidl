enum enum_annotated { A, @nullable B, int C }
