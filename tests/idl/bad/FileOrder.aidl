package b;
parcelable FileOrder { int a; }
import FileOrder;
package d;
