interface stream_places_aidl {
    void a(in stream int x);
    stream stream int b();
    oneway stream int c();
    stream void d();
    stream @nullable String e();
    stream ParcelableHolder f();
}
