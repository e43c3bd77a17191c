// Trees go in and come back: recursion on the wire.
package lang;

import lang.Tree;

interface ITrees {
    Tree mirror(in Tree tree);
    int sum(in Tree tree);
}
