interface nested_cycle {
    parcelable A { parcelable B { C c; } }
    parcelable C { parcelable D { E e; } }
    parcelable E { parcelable F { A a; } }
}
