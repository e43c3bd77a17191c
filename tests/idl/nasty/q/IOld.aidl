package q;
/** @deprecated */
interface IOld { /** @deprecated x */ void f(); }
