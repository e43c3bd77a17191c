// aidl.md: recursion through an array, a List, heap=true and an interface.
package lang;

import lang.ITree;

parcelable Tree {
    int value;
    Tree[] children;
    List<Tree> others;
    @nullable(heap=true) Tree left;
    @nullable(heap=true) Tree right;
    @nullable ITree owner;
    Leaf leaf;
    parcelable Leaf { @nullable(heap=true) Tree stem; int size = 1; }
}
