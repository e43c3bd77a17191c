import demo.media.Status;
interface E007_import_ambiguous { void take(Status status); }
