import one.demo.Other;
interface E009_import_lacks_type { void ping(in Other other); }
