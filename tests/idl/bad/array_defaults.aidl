parcelable array_defaults {
    int[3] a = {1, 2};
    int[2][3] b = {{1, 2, 3}, {4, 5, 6, 7}};
    int[2][3] c = {};
    int[] d = 1;
    int e = {1};
    int[] f = {1, "two", 3};
    byte[] g = {1, 300};
    String[] h = {"a", 'b'};
    int[] i = {{1}, {2}};
}
