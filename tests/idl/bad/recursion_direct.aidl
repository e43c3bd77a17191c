parcelable recursion_direct { recursion_direct again; int x; }
