package one.demo;
parcelable Another { int a; }
