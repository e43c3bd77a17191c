// A fault in a list of values ends with the list: what follows is read.
parcelable ValueLists {
    int[] a = {1, 2 3};
    int[] b = {1, out};
    double[] c = {, 1.0};
    @JavaSuppressLint({"one" "two"}) int d;
    int[] e = {1, 2;
    Nowhere after;
}
