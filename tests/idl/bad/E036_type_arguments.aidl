interface E036_type_arguments { List<int> all(); }
