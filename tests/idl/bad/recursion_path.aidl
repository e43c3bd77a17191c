parcelable recursion_path {
    parcelable A { B b; }
    parcelable B { @nullable C c; }
    parcelable C { A[2] a; }
    union U { int x; U[1] self; }
    A a;
}
