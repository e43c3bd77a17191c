package q;
@FixedSize parcelable Frozen { int a = 3; byte[3][2] b; long l; @FixedSize union V { int a; long b; } @FixedSize parcelable G { byte x; } G g; G[2] gs; }
