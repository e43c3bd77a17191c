interface directions_wrong {
    enum E { A }
    void a(out String a, inout int b, out E c, out IBinder d, inout directions_wrong e, out ParcelFileDescriptor f, out FileDescriptor g, inout boolean h);
}
