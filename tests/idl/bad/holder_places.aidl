interface holder_places {
    ParcelableHolder a();
    void b(in ParcelableHolder x);
    parcelable P { ParcelableHolder[] y; @nullable ParcelableHolder z; List<ParcelableHolder> w; ParcelableHolder[2] v; }
}
