union E043_union_members {
  union First { int number; int[] numbers; }
  enum Mode { A, B }
  union Second { Mode mode = Mode.A; List<String> names; }
  String text;
}
