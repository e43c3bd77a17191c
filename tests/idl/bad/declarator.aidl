parcelable declarator { int x[3]; int y, z; }
