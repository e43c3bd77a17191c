@Backing(size="int")
enum E027_annotation_parameter { A, B }
