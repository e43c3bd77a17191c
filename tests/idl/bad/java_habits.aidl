interface java_habits extends IInterface {
  public void f(in int x = 3);
  unsigned int g(unsigned long x, short y, in unsigned char[] c, in List<short> d);
  static final int X = 3;
  struct S { int a; }
  typedef int q;
  void m() throws RemoteException;
  void b() { return; }
  parcelable C extends D { int a; }
  class Q { int a; }
  std::string s(in std::vector<int> x);
}
}
