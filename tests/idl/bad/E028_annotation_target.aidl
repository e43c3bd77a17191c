@Backing(type="int")
interface E028_annotation_target { void ping(); }
