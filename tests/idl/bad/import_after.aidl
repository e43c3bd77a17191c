parcelable import_after { int x; }
import lang.Other;
