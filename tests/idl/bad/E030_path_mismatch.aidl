interface Calculator { int add(int a, int b); }
