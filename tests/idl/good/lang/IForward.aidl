// aidl.md: `interface X;` (forward).
package lang;

interface IForward;
