parcelable array_dimensions { int[][] a; int[][2] b; int[2][] c; String[][][] d; }
