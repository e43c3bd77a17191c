interface argument_names { void a(int package_, int final, int synchronized, int _aidl_x, int null); }
