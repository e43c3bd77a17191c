parcelable ArraysBehind { int a[3]; String b[]; int c, d; int e : 3; int[] f = [1, 2]; int[2] g = (1, 2); }
