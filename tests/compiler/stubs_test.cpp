// What is generated compiles without a warning: alone, all in one unit, and with every compiler of this machine.
#include <functional>

#include "compiler/stub_builds.hpp"

using namespace shmidl;
using test::Compilers;

namespace {

std::string repeated(int count, const std::function<std::string(const std::string&)>& piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece(std::to_string(i));
  return text;
}

}  // namespace

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

TEST_CASE("a thousand fields, hundreds of methods and parameters, and thousands of enumerators compile") {
  const test::TempDir out;
  const auto field = [](const std::string& type) { return [type](const std::string& n) { return type + " field" + n + "; "; }; };
  out.write("long.idl",
            "package lists;\n"
            "struct Flat { " + repeated(1000, field("int32_t")) + "};\n"
            "struct Variable { " + repeated(500, [&](const std::string& n) { return field("string")("a" + n) + field("bool")("b" + n); }) + "};\n"
            "enum Number { " + repeated(5000, [](const std::string& n) { return "number" + n + ", "; }) + "};\n"
            "interface Long {\n  Variable take(Flat flat, Number number" +
                repeated(100, [](const std::string& n) { return ", int32_t a" + n; }) + ");\n" +
                repeated(300, [](const std::string& n) { return "  int32_t method" + n + "(int32_t a, bool b);\n"; }) + "};\n");
  test::generate({"gen", "long.idl"}, out.path());
  test::compile(out.path(), {"long.shmidl.cpp"}, Compilers::all);
}
