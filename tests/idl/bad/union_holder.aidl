union union_holder { int x; ParcelableHolder holder; }
