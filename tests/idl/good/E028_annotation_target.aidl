@Backing(type="int")
enum E028_annotation_target { PING }
