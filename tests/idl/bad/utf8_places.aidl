interface utf8_places { @utf8InCpp int a(); void b(in @utf8InCpp byte[] x, in @utf8InCpp List<IBinder> y, @utf8InCpp IBinder z); }
