package a;
package b;
parcelable package_twice { int x; }
