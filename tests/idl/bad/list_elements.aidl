parcelable list_elements {
    List<int> a;
    List<int[]> b;
    List<List<String>> c;
    List<E> d;
    List<ParcelableHolder> e;
    List<FileDescriptor> f;
    List g;
    List[] h;
    List<String>[] i;
    enum E { A }
}
