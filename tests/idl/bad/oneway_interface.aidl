oneway interface oneway_interface { int a(); void b(out int[] x); oneway void c(inout List<String> y); void d(); }
