// What an .aidl file brings with it, and whose faults are told.
#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

/// Files in a folder, and what `shmidl check` says of one of them.
struct Tree {
  test::TempDir folder;

  Tree& file(const std::string& name, const std::string& text) {
    folder.write(name, text);
    return *this;
  }
  std::string check(const std::string& name, const std::vector<std::string>& directories = {}) const {
    std::vector<std::string> arguments = {"check", name};
    for (const std::string& directory : directories) arguments.insert(arguments.end(), {"-I", directory});
    return test::run_shmidl(arguments, folder.path()).err;
  }
};

}  // namespace

TEST_CASE("an import is found under any of the import directories") {
  Tree tree;
  tree.file("one/a/A.aidl", "package a; import b.B; import c.C; interface A { void f(in B b, in C c); }")
      .file("two/b/B.aidl", "package b; parcelable B { int x; }")
      .file("three/c/C.aidl", "package c; parcelable C { int x; }");
  CHECK(tree.check("one/a/A.aidl", {"two", "three"}) == "");
  CHECK_THAT(tree.check("one/a/A.aidl", {"two"}), test::has_text("one/a/A.aidl:1:31: error[E006]: `c.C` is not found"));
}

TEST_CASE("a file that is there twice is ambiguous, and one directory given twice is not") {
  Tree tree;
  tree.file("one/a/A.aidl", "package a; import b.B; interface A { void f(in B b); }")
      .file("two/b/B.aidl", "package b; parcelable B { int x; }")
      .file("three/b/B.aidl", "package b; parcelable B { int x; }");
  CHECK_THAT(tree.check("one/a/A.aidl", {"two", "three"}),
             test::has_text("error[E007]: `b.B` is found 2 times: `two/b/B.aidl`, `three/b/B.aidl`"));
  CHECK(tree.check("one/a/A.aidl", {"two", "two", "./two"}) == "");
}

TEST_CASE("the package, and a name with its package, need no import") {
  Tree tree;
  tree.file("a/b/A.aidl", "package a.b; interface A { void f(in Near near, in c.Far far, in c.Far.Inner inner); const int X = c.Far.Y; }")
      .file("a/b/Near.aidl", "package a.b; parcelable Near { int x; }")
      .file("c/Far.aidl", "package c; parcelable Far { const int Y = 3; parcelable Inner { int x; } }");
  CHECK(tree.check("a/b/A.aidl") == "");
}

TEST_CASE("a nested type is imported by its own name or used through the type around it") {
  Tree tree;
  tree.file("p/Outer.aidl", "package p; interface Outer { parcelable Inner { enum Deep { A } Deep deep = Deep.A; } }")
      .file("q/A.aidl", "package q; import p.Outer.Inner; interface A { void f(in Inner inner, Inner.Deep deep); }")
      .file("q/B.aidl", "package q; import p.Outer; interface B { void f(in Outer.Inner inner, p.Outer.Inner.Deep deep); }")
      .file("q/C.aidl", "package q; import p.Outer; interface C { void f(in Inner inner); }");
  CHECK(tree.check("q/A.aidl") == "");
  CHECK(tree.check("q/B.aidl") == "");
  CHECK_THAT(tree.check("q/C.aidl"), test::has_text("q/C.aidl:1:52: error[E012]: `Inner` is not a declared type"));
}

TEST_CASE("an import comes before a type of the file itself") {
  Tree tree;
  tree.file("p/Same.aidl", "package p; parcelable Same { const int P = 1; }")
      .file("q/Same.aidl", "package q; import p.Same; parcelable Same { int x = Same.P; }");
  CHECK(tree.check("q/Same.aidl") == "");
}

TEST_CASE("files may import each other, themselves, and one thing twice") {
  Tree tree;
  tree.file("p/IA.aidl", "package p; import p.IB; import p.IB; import p.IA; interface IA { void f(IB b, IA a); }")
      .file("p/IB.aidl", "package p; import p.IA; interface IB { IA f(); }");
  CHECK(tree.check("p/IA.aidl") == "");
  CHECK(tree.check("p/IB.aidl") == "");
}

TEST_CASE("imports of an import matter where it makes use of them") {
  Tree tree;
  tree.file("p/A.aidl", "package p; import p.B; interface A { void f(in B b); }")
      .file("p/B.aidl", "package p; import p.C; import gone.Nowhere; parcelable B { C c; }")
      .file("p/C.aidl", "package p; import gone.too.Nowhere; parcelable C { int x; }")
      .file("p/Needs.aidl", "package p; import p.D; interface Needs { void f(in D d); }")
      .file("p/D.aidl", "package p; import gone.Nowhere; parcelable D { Nowhere x; }");
  CHECK(tree.check("p/A.aidl") == "");
  CHECK_THAT(tree.check("p/B.aidl"), test::has_text("p/B.aidl:1:31: error[E006]: `gone.Nowhere` is not found"));
  const std::string needs = tree.check("p/Needs.aidl");
  CHECK_THAT(needs, test::has_text("p/D.aidl:1:19: error[E006]: `gone.Nowhere` is not found"));
  CHECK(needs.find("E012") == std::string::npos);
}

TEST_CASE("the faults of an imported file are its own, where they do not change what is used") {
  Tree tree;
  tree.file("p/A.aidl", "package p; import p.B; import p.E; import p.I; interface A { void f(in B b, E e, I i); const int X = B.GOOD; }")
      .file("p/B.aidl", "package p; @Strange parcelable B { const int BAD = 1 / 0; const int GOOD = 1; int x = \"no\"; @nullable int[] y; }")
      .file("p/E.aidl", "package p; enum E { A = 1000 }")
      .file("p/I.aidl", "package p; interface I { oneway int f(out String x, int x); void f(); }");
  CHECK(tree.check("p/A.aidl") == "");
  for (const char* const name : {"p/B.aidl", "p/E.aidl", "p/I.aidl"}) CHECK_THAT(tree.check(name), test::has_text("error["));
}

TEST_CASE("a name without a meaning in an imported struct is told once the struct is used; of an interface only a handle travels") {
  Tree tree;
  tree.file("p/Unused.aidl", "package p; import p.S; parcelable Unused { int x; }")
      .file("p/Used.aidl", "package p; import p.S; parcelable Used { S s; }")
      .file("p/S.aidl", "package p; parcelable S { Missing m; }")
      .file("p/Held.aidl", "package p; import p.I; parcelable Held { I i; }")
      .file("p/I.aidl", "package p; import gone.Nowhere; interface I { void f(in Missing m, in Nowhere n, in Map map); }");
  CHECK(tree.check("p/Unused.aidl") == "");
  CHECK(tree.check("p/Held.aidl") == "");
  CHECK_THAT(tree.check("p/Used.aidl"), test::has_text("p/S.aidl:1:27: error[E012]: `Missing` is not a declared type"));
}

TEST_CASE("an imported file that cannot be read as one is refused, used or not") {
  Tree tree;
  tree.file("p/A.aidl", "package p; import p.I; parcelable A { int x; }").file("p/I.aidl", "package p; interface I { int f() }");
  CHECK_THAT(tree.check("p/A.aidl"), test::has_text("p/I.aidl:1:34: error[E001]"));
}

TEST_CASE("a file may declare only types inside of what it is named after") {
  Tree tree;
  tree.file("p/Drop.aidl", "package p; parcelable Drop.Entry cpp_header \"drop.h\";")
      .file("p/A.aidl", "package p; import p.Drop; interface A { Drop.Entry f(in Drop.Entry e); }")
      .file("p/B.aidl", "package p; import p.Drop; interface B { void f(in Drop d); }");
  CHECK(tree.check("p/A.aidl") == "");
  CHECK_THAT(tree.check("p/B.aidl"), test::has_text("p/B.aidl:1:51: error[E012]: `Drop` is not a declared type"));
}

TEST_CASE("an imported file need not declare what is not used of it") {
  Tree tree;
  tree.file("p/A.aidl", "package p; import p.B; parcelable A { int x; }")
      .file("p/Uses.aidl", "package p; import p.B; parcelable Uses { B b; }")
      .file("p/B.aidl", "package p; parcelable Other { int x; }");
  CHECK(tree.check("p/A.aidl") == "");
  CHECK_THAT(tree.check("p/Uses.aidl"), test::has_text("p/Uses.aidl:1:19: error[E009]: `p/B.aidl` does not declare `B`"));
}

TEST_CASE("what an .idl file imports is checked whole") {
  Tree tree;
  tree.file("a.idl", "import \"b.idl\"; import \"C.aidl\"; interface { void f(B b, C c); };")
      .file("b.idl", "struct B { int x; }; struct Bad { Missing m; };")
      .file("C.aidl", "parcelable C { int x; const int BAD = 1 / 0; }");
  const std::string told = tree.check("a.idl");
  CHECK_THAT(told, test::has_text("b.idl:1:35: error[E012]: `Missing` is not a declared type"));
  CHECK_THAT(told, test::has_text("C.aidl:1:39: error[E017]: division by zero"));
}

TEST_CASE("several foreign types may share a file of any name") {
  Tree tree;
  tree.file("p/Legacy.aidl", "package p; parcelable One cpp_header \"one.h\"; parcelable Two cpp_header \"two.h\"; interface ILegacy { void f(in One one, in Two two); }")
      .file("p/Outer.aidl", "package p; parcelable Outer.Inner cpp_header \"inner.h\";")
      .file("p/Inner.aidl", "package p; parcelable Outer.Inner cpp_header \"inner.h\";");
  CHECK(tree.check("p/Legacy.aidl") == "");
  CHECK(tree.check("p/Outer.aidl") == "");
  CHECK_THAT(tree.check("p/Inner.aidl"), test::has_text("help: name the file `Outer.aidl`"));
}
