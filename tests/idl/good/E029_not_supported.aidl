interface E029_not_supported { void take(String path); }
