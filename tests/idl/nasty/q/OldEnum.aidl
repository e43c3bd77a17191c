package q;
/** @deprecated */
enum OldEnum { A, /** @deprecated no */ B }
