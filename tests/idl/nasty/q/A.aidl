package q;
/** Arrays of each other. Ends in a backslash \ */
parcelable A { parcelable B { A[] as; C[] cs; @nullable(heap=true) A a; String name = "b"; } parcelable C { B[] bs; @nullable(heap=true) C next; int x = 3; } B[] bs; List<C> cs; @nullable B[] nb; @nullable B one; C[2] two; @nullable C[2] maybe_two; @nullable String[2][2] grid; U u; union U { int n = 5; A[] as; B b; C[] cs; @nullable(heap=true) U u; String[2][2] g; } }
