interface E036_type_arguments { int[] all(); }
