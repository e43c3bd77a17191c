// aidl.md: generics are used with arguments of every kind, in arrays and Lists and each other.
package lang;

import lang.Colour;
import lang.Pair;
import lang.Texts;

parcelable Pairs {
    Pair<Texts, String> one;
    Pair<int, Colour>[] many;
    List<Pair<String, Texts>> listed;
    Pair<Pair<int, String[]>, List<String>> deep;
    @nullable Pair<Texts, Texts> maybe;
}
