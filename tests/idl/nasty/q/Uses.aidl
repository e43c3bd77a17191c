package q;
import q.Old;
parcelable Uses { Old o; OldEnum e = OldEnum.B; Old[] os; @nullable Old n; OldUnion u; IOld i; OldUnion.Tag tag = OldUnion.Tag.s; OldUnion.Tag[] tags; Pair<int, Old> p; Pair<String[], Pair<int, int>> pp; }
