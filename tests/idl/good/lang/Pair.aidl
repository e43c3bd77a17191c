// aidl.md: `parcelable X<T, U> { … }`: a type parameter is not the type of a field.
package lang;

parcelable Pair<T, U> {
    const int LIMIT = 4;
    const String KIND = "pair";
    int size = LIMIT;
    @utf8InCpp String[] names;
}
