parcelable stray_semicolon { int x;; int y; };
