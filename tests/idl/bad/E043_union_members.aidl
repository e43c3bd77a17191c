union E043_union_members {
  union None {}
  union First { int[] numbers; int number; }
  enum Mode { A, B }
  union Second { Mode mode; int number; }
  int other;
}
