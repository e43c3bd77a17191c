parcelable CommaFields { int a, int b, String c }
