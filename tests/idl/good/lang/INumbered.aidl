// aidl.md: `= id` on every method, 0 to 16777114; ids of a nested interface are its own; reserved names with other parameters.
package lang;

interface INumbered {
    void first() = 0;
    int second(int a) = 7;
    oneway void third() = 16777114;
    void getInterfaceVersion(int of) = 1;
    interface INested { void first(); void second(); }
}
