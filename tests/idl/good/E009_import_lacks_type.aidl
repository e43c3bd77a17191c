import demo.media.Status;
interface E009_import_lacks_type { void take(Status status); }
