package demo.media;

enum Status { OK, BUSY, FAILED = 10, }
