@Backing(typ="int") enum annotation_parameters { A }
