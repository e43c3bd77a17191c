package q;
interface IUses { Old f(in Old o, out OldUnion u, OldEnum e, IOld i, in OldUnion.Tag[] tags); OldUnion.Tag tag(OldUnion.Tag t); Pair<int, Old> p(in Pair<int, Old> p, out Pair<String, int> q, inout Pair<IOld, Old[]> r); @nullable Pair<int,int> n(in @nullable Pair<int,int> n); Pair<int,int>[] ps(in List<Pair<int,int>> ps); }
