import other.X;
package a;
parcelable P { int a; }
