// aidl.md: an interface may take itself, and a struct that holds it.
package lang;

import lang.Tree;

interface ITree {
    Tree grow(in Tree from);
    ITree parent();
    void adopt(in ITree child, @nullable ITree other);
}
