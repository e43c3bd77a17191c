#include "compiler/compiler_support.hpp"

using namespace shmidl;
using test::Parsed;

namespace {

Parsed parsed(const std::string& text, const std::string& name = "test.idl") {
  Parsed result;
  test::parse_text(result, name, text);
  return result;
}

std::string text_of(const Parsed& p, source::Span span) {
  return std::string{p.files.at(span.file).text().substr(span.begin, span.end - span.begin)};
}

/// An expression with all of its brackets.
std::string shape(const ast::Expr& e) {
  if (e.args.empty()) return e.text;
  if (e.args.size() == 1) return "(" + e.text + shape(e.args[0]) + ")";
  return "(" + shape(e.args[0]) + e.text + shape(e.args[1]) + ")";
}

std::string value_shape(const std::string& expression) {
  const Parsed p = parsed("const int A = " + expression + ";");
  REQUIRE(p.errors.empty());
  return shape(p.file.constants.at(0).value);
}

}  // namespace

TEST_CASE("the textbook's block is one nameless interface") {
  const Parsed p = parsed("interface {\n    int func1(int arg1);\n    int func2(int arg1, int arg2);\n};\n", "arith.idl");
  REQUIRE(p.errors.empty());
  REQUIRE(p.file.declarations.size() == 1);
  const ast::Declaration& block = p.file.declarations[0];
  CHECK(block.name.text.empty());
  REQUIRE(block.methods.size() == 2);
  CHECK(block.methods[1].parameters.at(1).name.text == "arg2");
}

TEST_CASE("every node knows the text it was made of") {
  const Parsed p = parsed("/* licence */\n  struct Stat { uint64_t size = 1 + 2; };  \ninterface { void stat(int fd, out Stat *st); };");
  REQUIRE(p.errors.empty());
  const ast::Declaration& stat = p.file.declarations.at(0);
  CHECK(text_of(p, stat.span) == "struct Stat { uint64_t size = 1 + 2; };");
  CHECK(text_of(p, stat.name.span) == "Stat");
  CHECK(text_of(p, stat.fields.at(0).value.span) == "1 + 2");
  CHECK(text_of(p, p.file.declarations.at(1).methods.at(0).parameters.at(1).span) == "out Stat *st");
}

TEST_CASE("operators bind as in C") {
  CHECK(value_shape("1 + 2 * 3") == "(1+(2*3))");
  CHECK(value_shape("1 - 2 - 3") == "((1-2)-3)");
  CHECK(value_shape("1 << 2 + 3") == "(1<<(2+3))");
  CHECK(value_shape("1 | 2 ^ 3 & 4") == "(1|(2^(3&4)))");
  CHECK(value_shape("1 < 2 == 3 > 4") == "((1<2)==(3>4))");
  CHECK(value_shape("1 || 2 && 3") == "(1||(2&&3))");
  CHECK(value_shape("-~!1") == "(-(~(!1)))");
  CHECK(value_shape("(1 + 2) * 3") == "((1+2)*3)");
}

TEST_CASE("the comment before a declaration is its documentation") {
  const Parsed p = parsed(
      "/* A licence. */\n\n/** One.\n *\n *   Two.\n */\ninterface {\n  /// First line.\n  /// Second.\n  void a();  // not this\n  void "
      "b();\n  /* plain */\n"
      "  void c();\n  /** far */ /** near */ void d(); /** trailing */\n  void e();\n};");
  REQUIRE(p.errors.empty());
  const ast::Declaration& block = p.file.declarations.at(0);
  CHECK(block.doc == "One.\n\n  Two.");
  CHECK(block.methods.at(0).doc == "First line.\nSecond.");
  CHECK(block.methods.at(1).doc.empty());
  CHECK(block.methods.at(2).doc == "plain");
  CHECK(block.methods.at(3).doc == "near");
  CHECK(block.methods.at(4).doc.empty());
}

TEST_CASE("C declarators end up in the type") {
  const Parsed p = parsed("struct S { unsigned long long int x[4], *y; const char *z; };");
  const std::vector<ast::Field>& fields = p.file.declarations.at(0).fields;
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].type.name.text() == "unsigned long long int");
  CHECK(fields[0].type.dimensions.size() == 1);
  CHECK(fields[1].type.dimensions.empty());
  CHECK(fields[1].type.pointers.size() == 1);
  CHECK(fields[2].type.is_const);
}

TEST_CASE("a star belongs to the one name behind it") {
  const Parsed p = parsed("struct S { const char *a, *b, c; }; typedef const char *A, *B, C;");
  REQUIRE(p.errors.empty());
  const std::vector<ast::Field>& fields = p.file.declarations.at(0).fields;
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].type.pointers.size() == 1);
  CHECK(fields[1].type.pointers.size() == 1);
  CHECK(fields[2].type.pointers.empty());
  REQUIRE(p.file.declarations.size() == 4);
  CHECK(p.file.declarations[1].type.pointers.size() == 1);
  CHECK(p.file.declarations[2].type.pointers.size() == 1);
  CHECK(p.file.declarations[3].type.pointers.empty());
}

TEST_CASE("a pointer to const with a value is a field of a struct or union with a default, and a constant elsewhere") {
  const std::string lines =
      " const char *text = \"a\"; const int z = 4; const string s = \"b\"; const char *const fixed = \"c\"; const char *plain; };";
  for (const std::string opening : {"struct S {", "union S {", "typedef struct {"}) {
    INFO(opening);
    const Parsed p = parsed(opening + (opening[0] == 't' ? lines.substr(0, lines.size() - 1) + " S;" : lines));
    REQUIRE(p.errors.empty());
    const ast::Declaration& made = p.file.declarations.at(0);
    REQUIRE(made.fields.size() == 2);
    CHECK(made.fields[0].name.text == "text");
    CHECK(made.fields[0].value.text == "a");
    CHECK(text_of(p, made.fields[0].span) == "const char *text = \"a\"");
    CHECK(made.fields[1].name.text == "plain");
    REQUIRE(made.constants.size() == 3);
    CHECK(made.constants[0].name.text == "z");
    CHECK(made.constants[1].name.text == "s");
    CHECK(made.constants[2].name.text == "fixed");
  }
  const Parsed several = parsed("struct S { const char *a = \"1\", *b = \"2\"; const char *list[2] = {\"x\", \"y\"}; };");
  REQUIRE(several.errors.empty());
  REQUIRE(several.file.declarations.at(0).fields.size() == 3);
  CHECK(several.file.declarations[0].fields[1].value.text == "2");
  CHECK(several.file.declarations[0].fields[1].type.pointers.size() == 1);
  CHECK(several.file.declarations[0].fields[2].value.args.size() == 2);
  CHECK(several.file.declarations[0].constants.empty());
  const Parsed outside = parsed("const char *T = \"t\"; interface I { const char *U = \"u\"; void f(); };");
  REQUIRE(outside.errors.empty());
  CHECK(outside.file.constants.at(0).name.text == "T");
  CHECK(outside.file.declarations.at(0).constants.at(0).name.text == "U");
}

TEST_CASE("AIDL is read with annotations, nested types and ids") {
  const Parsed p = parsed(
      "package a.b;\nimport c.D;\n@VintfStability\ninterface IFoo {\n  @Backing(type=\"int\") enum E { A, B = 1, }\n  parcelable P { "
      "@nullable String s; List<String> l; int[2][3] m; }\n"
      "  oneway void f(in @utf8InCpp String x, inout P p) = 7;\n}\n",
      "IFoo.aidl");
  REQUIRE(p.errors.empty());
  CHECK(p.file.package.text() == "a.b");
  CHECK(p.file.imports.at(0).path == "c.D");
  const ast::Declaration& foo = p.file.declarations.at(0);
  CHECK(foo.annotations.at(0).name.text == "VintfStability");
  REQUIRE(foo.nested.size() == 2);
  CHECK(foo.nested[1].fields.at(2).type.dimensions.size() == 2);
  CHECK(foo.methods.at(0).oneway);
  CHECK(foo.methods.at(0).id.text == "7");
  CHECK(foo.methods.at(0).parameters.at(1).direction == ast::Direction::inout);
}

TEST_CASE("a file of generics, unions, streams and errors is read, whatever is done with it later") {
  const Parsed p = parsed("union U { int a; string b; };\ninterface I { stream U watch(int c); int open(string p) throws A, B; };\n");
  REQUIRE(p.errors.empty());
  CHECK(p.file.declarations.at(0).kind == ast::DeclKind::union_);
  CHECK(p.file.declarations.at(1).methods.at(0).result.is_stream);
  CHECK(p.file.declarations.at(1).methods.at(1).throws.size() == 2);
  const Parsed q = parsed("parcelable Pair<A, B> { A a; Map<String, List<B>> b; }", "Pair.aidl");
  REQUIRE(q.errors.empty());
  CHECK(q.file.declarations.at(0).parameters.size() == 2);
  CHECK(parsed("parcelable a.b.C cpp_header \"c.h\";", "C.aidl").file.declarations.at(0).kind == ast::DeclKind::unstructured);
}

TEST_CASE("faults are told in the order of the text, and the rest is read") {
  const Parsed p = parsed(
      "interface A {\n  int a(int);\n  int b(int x)\n  int c(int x);\n  ???;\n  int d();\n};\nstruct { int x; };\nstruct B { int y; };\n");
  std::vector<std::size_t> lines;
  for (const diag::Diagnostic& d : p.sink.sorted()) lines.push_back(p.files.at(0).position(d.span.begin).line);
  CHECK(lines == std::vector<std::size_t>{2, 3, 5, 8});
  const ast::Declaration& a = p.file.declarations.at(0);
  REQUIRE(a.methods.size() == 3);  // b lacks only its `;`
  CHECK(a.methods[0].name.text == "b");
  CHECK(a.methods[2].name.text == "d");
  CHECK(p.file.declarations.back().name.text == "B");
}

TEST_CASE("no name of the parser's own appears in a message") {
  for (const char* const text : {"interface",
                                 "interface {",
                                 "interface { int",
                                 "interface { int a",
                                 "interface { int a(",
                                 "interface { int a(int",
                                 "interface { int a(int x",
                                 "interface { int a(int x)",
                                 "struct",
                                 "struct A",
                                 "struct A {",
                                 "struct A { int",
                                 "struct A { int x[",
                                 "enum",
                                 "enum A",
                                 "enum A {",
                                 "enum A { B =",
                                 "typedef",
                                 "typedef int",
                                 "const",
                                 "const int",
                                 "const int A",
                                 "const int A =",
                                 "const int A = (",
                                 "import",
                                 "package",
                                 "package a.",
                                 "@",
                                 "@A(",
                                 "@A(b =",
                                 "@A",
                                 "union",
                                 "interface { const",
                                 "interface { oneway",
                                 "interface { stream int",
                                 "interface { int a() throws",
                                 "interface { List<",
                                 "interface { List<int"}) {
    for (const char* const name : {"t.idl", "t.aidl"}) {
      const Parsed p = parsed(text, name);
      INFO(name << ": " << text << "\n" << p.errors);
      CHECK(p.sink.errors() >= 1);
      CHECK(p.errors.find("boost") == std::string::npos);
      CHECK(p.errors.find("shmidl") == std::string::npos);
      CHECK(p.errors.find("something else") == std::string::npos);
    }
  }
}

TEST_CASE("a byte order mark and Windows line ends are no fault") {
  CHECK(parsed("\xEF\xBB\xBFinterface {\r\n  void a();\r\n};\r\n").errors.empty());
}
