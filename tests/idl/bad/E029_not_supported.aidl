interface E029_not_supported { void take(in ParcelFileDescriptor file); }
