package demo.twice;
parcelable Thing { long a; }
