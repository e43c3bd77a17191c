union union_first_array { int[] list; int x; union Fixed { int[3] three; } }
