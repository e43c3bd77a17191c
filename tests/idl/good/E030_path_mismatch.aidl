interface E030_path_mismatch { int add(int a, int b); }
