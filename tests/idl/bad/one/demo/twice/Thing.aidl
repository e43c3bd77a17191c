package demo.twice;
parcelable Thing { int a; }
