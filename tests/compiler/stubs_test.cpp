// What is generated compiles without a warning: alone, all in one unit, and with every compiler of this machine.
#include "compiler/stub_builds.hpp"

using namespace shmidl;
using test::Compilers;

TEST_CASE("each golden header compiles alone without a warning") {
  for (const auto& header : test::below(test::data("golden/out"), ".hpp")) test::compile(test::data("golden/out"), {header}, Compilers::all);
}

TEST_CASE("each golden source compiles without a warning") {
  for (const auto& source : test::below(test::data("golden/out"), ".cpp")) test::compile(test::data("golden/out"), {source}, Compilers::all);
}

TEST_CASE("all that is generated of the good files compiles as one unit") {
  const test::TempDir out;
  test::compile(out.path(), test::generate_all("good", out.path()), Compilers::all);
}

TEST_CASE("what is generated of names and shapes that nobody would choose compiles as one unit") {
  const test::TempDir out;
  test::compile(out.path(), test::generate_all("nasty", out.path()), Compilers::all);
}

TEST_CASE("each header that is generated of the good files compiles alone") {
  const test::TempDir out;
  test::generate_all("good", out.path());
  for (const auto& header : test::below(out.path(), ".hpp")) test::compile(out.path(), {header}, Compilers::one);
}

TEST_CASE("names that are macros or keywords in C++ survive the headers that define them") {
  const test::TempDir out;
  test::generate({"gen", "names.idl", "-o", out.string()}, test::data("idl/good"));
  test::compile(out.path(), {"names.shmidl.cpp"}, Compilers::all,
                "#include <cassert>\n#include <cerrno>\n#include <climits>\n#include <sys/sysmacros.h>\n");
}
