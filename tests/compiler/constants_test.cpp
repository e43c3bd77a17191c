#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

struct Case {
  std::string type;
  std::string expression;
  std::string result;  ///< the value, or a part of what is told
};

enum class Kind { cpp, model };

/// The value of a constant as C++ or the model writes it, or what is told instead.
std::string result_of(const std::string& file, const std::string& text, Kind kind) {
  const test::Checked c = test::check_text(text, file);
  if (!c.messages.empty()) return c.messages;
  const model::Json& owner = file == "T.aidl" ? c.model.at("declarations").at(0) : c.model;
  const model::Json& constant = owner.at("constants").at(0);
  return kind == Kind::cpp ? constant.at("cpp_value").get<std::string>() : constant.at("value").dump();
}

std::string in_idl(const std::string& type, const std::string& expression) {
  return result_of("test.idl", "const " + type + " A = " + expression + ";", Kind::cpp);
}
std::string in_aidl(const std::string& type, const std::string& expression) {
  return result_of("T.aidl", "interface T { const " + type + " A = " + expression + "; }", Kind::model);
}

using Evaluate = std::string (*)(const std::string& type, const std::string& expression);

void are(Evaluate evaluate, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.type << " A = " << c.expression);
    CHECK(evaluate(c.type, c.expression) == c.result);
  }
}
void are_told(Evaluate evaluate, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.type << " A = " << c.expression);
    CHECK_THAT(evaluate(c.type, c.expression), test::has_text(c.result));
  }
}

}  // namespace

TEST_CASE("integers reach the edges of their types and not past them") {
  are(in_idl, {{"int8_t", "127", "127"},
               {"int8_t", "-128", "-128"},
               {"uint8_t", "255", "255"},
               {"int", "2147483647", "2147483647"},
               {"int", "-2147483648", "-2147483648"},
               {"int64_t", "9223372036854775807", "9223372036854775807"},
               {"int64_t", "-9223372036854775807 - 1", "-9223372036854775807 - 1"},
               {"uint64_t", "18446744073709551615", "18446744073709551615U"}});
  are_told(in_idl, {{"int8_t", "128", "E016"},
                    {"int8_t", "-129", "E016"},
                    {"uint8_t", "-1", "E016"},
                    {"int", "2147483648", "E016"},
                    {"uint64_t", "18446744073709551616", "E016"}});
}

TEST_CASE("hexadecimal numbers are bits") {
  are(in_aidl,
      {{"int", "0xffffffff", "-1"}, {"long", "0xffffffffL", "4294967295"}, {"int", "1 << 31", "-2147483648"}, {"byte", "0xffu8", "-1"}});
  are(in_idl, {{"int", "0xffffffff", "-1"},
               {"uint32_t", "0xffffffff", "4294967295"},
               {"uint32_t", "1 << 31", "2147483648"},
               {"uint64_t", "~0L", "18446744073709551615U"}});
}

TEST_CASE("expressions are computed as in C") {
  are(in_idl, {{"int", "1 + 2 * 3 - 4 / 2 % 2", "7"},
               {"int", "(1 << 4 | 3) & ~1", "18"},
               {"bool", "1 < 2 && !(2 >= 3)", "true"},
               {"int", "-7 / 2", "-3"},
               {"int", "-7 % 2", "-1"},
               {"string", "\"a\" + \"b\"", "\"ab\""},
               {"double", "1 / 2.0", "0.5"},
               {"int", "017", "15"},
               {"char", "'\\n'", "static_cast<char>(10)"}});
}

TEST_CASE("numbers have C's types, the unsigned ones included") {
  are(in_idl, {{"uint64_t", "~0", "18446744073709551615U"},
               {"uint64_t", "~0U", "4294967295"},
               {"int64_t", "~10U", "4294967285"},
               {"int64_t", "~0x80000000", "2147483647"},
               {"uint8_t", "~0xf0", "15"},
               {"uint32_t", "0xffffffff & ~1", "4294967294"},
               {"uint64_t", "1 << 31", "18446744071562067968U"},
               {"uint64_t", "1U << 31", "2147483648"},
               {"int64_t", "-0x80000000", "2147483648"},
               {"bool", "0x80000000 > 0", "true"},
               {"uint32_t", "0x80000000 + 1", "2147483649"}});
  are_told(in_idl, {{"bool", "-1 < 1U", "-1 has one"},
                    {"int", "-7 / 2U", "-7 has one"},
                    {"int64_t", "1U - 2", "-1 does not fit into 32 unsigned bits"},
                    {"int64_t", "0x7fffffff + 1", "does not fit into 32 bits"},
                    {"uint32_t", "0xffffffff + 1", "does not fit into 32 unsigned bits"}});
}

TEST_CASE("a constant takes the type it was declared with into an expression") {
  const test::Checked c = test::check_text("const long ONE = 1; const long FAR = ONE << 40; const uint32_t U = 1; const int64_t ALL = ~U;");
  REQUIRE(c.messages.empty());
  CHECK(c.model.at("constants").at(1).at("cpp_value") == "1099511627776");
  CHECK(c.model.at("constants").at(3).at("cpp_value") == "4294967294");
}

TEST_CASE("what has no value says why") {
  are_told(in_idl, {{"int", "1 / 0", "division by zero"},
                    {"int", "1 % 0", "division by zero"},
                    {"int", "1 << 32", "0 to 31 places"},
                    {"int", "1 << -1", "not -1"},
                    {"int", "{1}", "not a list"},
                    {"int64_t", "9223372036854775807 * 9223372036854775807", "E016"},
                    {"int", "2147483647 + 1", "does not fit into 32 bits"},
                    {"int", "A", "E018"}});
}

TEST_CASE("constants and enumerators are found from the inside out") {
  const test::Checked c = test::check_text(
      "package p;\nconst int N = 2;\nenum Color { RED = N, BLUE };\nstruct S { const int N = 3; int a = N; int b[N]; Color c = BLUE; Color "
      "d = Color.RED; int e = p.N; };");
  REQUIRE(c.messages.empty());
  const auto& fields = c.model.at("declarations").at(1).at("fields");
  CHECK(fields.at(0).at("cpp_init") == " = 3");
  CHECK(fields.at(1).at("type").at("length") == 3);
  CHECK(fields.at(2).at("cpp_init") == " = Color::BLUE");
  CHECK(fields.at(4).at("cpp_init") == " = 2");
}

TEST_CASE("an enumerator without a value follows the one before") {
  const test::Checked c = test::check_text("enum E { A, B = 5, C, D = A, F };");
  std::vector<int> values;
  for (const auto& e : c.model.at("declarations").at(0).at("enumerators")) values.push_back(e.at("value").get<int>());
  CHECK(values == std::vector<int>{0, 5, 6, 0, 1});
}

TEST_CASE("AIDL's literals have the type that holds them") {
  are(in_aidl, {{"long", "0xffffffff", "-1"},
                {"long", "0xffffffffL", "4294967295"},
                {"int", "0x80000000", "-2147483648"},
                {"long", "0x100000000", "4294967296"},
                {"byte", "200u8", "-56"},
                {"int", "200u8", "-56"},
                {"int", "4294967295u32", "-1"},
                {"long", "18446744073709551615u64", "-1"},
                {"int", "1_000_000", "1000000"},
                {"int", "010", "10"},
                {"long", "9223372036854775807", "9223372036854775807"}});
  are_told(in_aidl, {{"byte", "0xff", "255 does not fit"},
                     {"int", "2147483648", "does not fit"},
                     {"long", "9223372036854775808", "does not fit into 64 bits"},
                     {"byte", "256u8", "does not fit into 8 bits"},
                     {"int", "1_", "is not a number"}});
}

TEST_CASE("AIDL computes in int and long, and what leaves them is told") {
  are(in_aidl, {{"long", "2147483647 + 1L", "2147483648"},
                {"int", "2147483648 - 1", "2147483647"},
                {"int", "1 << 31", "-2147483648"},
                {"long", "1L << 40", "1099511627776"},
                {"int", "8 << -2", "2"},
                {"int", "1 >> -3", "8"},
                {"int", "-7 % 3", "-1"},
                {"byte", "~200u8", "55"},
                {"int", "127u8 + 1", "128"}});
  are_told(in_aidl, {{"long", "2147483647 + 1", "does not fit into `int`"},
                     {"long", "1 << 40", "at most 31 places"},
                     {"int", "3 << 31", "does not fit into `int`"},
                     {"int", "-1 << 1", "a negative number"},
                     {"int", "-0x80000000", "does not fit into `int`"},
                     {"long", "9223372036854775807 * 9223372036854775807", "does not fit into `long`"}});
}

TEST_CASE("AIDL's booleans are numbers, its characters are not") {
  are(in_aidl, {{"boolean", "1", "true"},
                {"boolean", "2 > 1 && !false", "true"},
                {"int", "true + true", "2"},
                {"int", "true", "1"},
                {"char", "'a'", "97"}});
  are_told(in_aidl, {{"char", "97", "needs a character"}, {"int", "'a'", "needs an integer"}});
  are(in_aidl, {{"float", "-1.5f", "-1.5"}, {"double", "1e3", "1000.0"}});
  are_told(in_aidl, {{"float", "1.5", "this is a `double`"},
                     {"double", "1", "needs a floating-point number"},
                     {"float", "1e300f", "does not fit into `float`"}});
}

TEST_CASE("constants may be arrays") {
  are(in_aidl, {{"int[]", "{1, 2 + 3,}", "[1,5]"},
                {"int[2]", "{1, 2}", "[1,2]"},
                {"String[]", "{}", "[]"},
                {"byte[]", "{1, -1, 200u8}", "[1,255,200]"},
                {"boolean[]", "{true, 0}", "[true,false]"}});
  are_told(in_aidl, {{"int[2]", "{1}", "needs 2 elements, and this list has 1"}, {"int[]", "{1, \"a\"}", "not a string"}});
  CHECK(result_of("test.idl", "const int A[3] = {1, 2};", Kind::model) == "[1,2]");
  CHECK(result_of("test.idl", "const char A[4] = \"ab\";", Kind::model) == "[97,98]");
  CHECK_THAT(result_of("test.idl", "const int A[1] = {1, 2};", Kind::model), test::has_text("needs 1 element, and this list has 2"));
}

TEST_CASE("a circle of constants is told with its path") {
  const test::Checked c = test::check_text("const int A = B;\nconst int B = C + 1;\nconst int C = A;\nconst int D = C;");
  CHECK_THAT(c.messages, test::has_text("`A` is defined by itself: A -> B -> C -> A"));
  CHECK(c.messages.find("`B` is defined") == std::string::npos);
  const test::Checked mixed = test::check_text("enum E { X = S.N };\nstruct S { const int N = E.X; };");
  CHECK_THAT(mixed.messages, test::has_text("E.X -> S.N -> E.X"));
}

TEST_CASE("an enumerator may refer to a later one") {
  const test::Checked c = test::check_text("enum E { A = C, B, C = 7, D, F = D + B };", "E.idl");
  REQUIRE(c.messages.empty());
  std::vector<int> values;
  for (const auto& e : c.model.at("declarations").at(0).at("enumerators")) values.push_back(e.at("value").get<int>());
  CHECK(values == std::vector<int>{7, 8, 7, 8, 16});
}

TEST_CASE("a chain of constants may be long but not without end") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "const int N" + std::to_string(i) + " = N" + std::to_string(i + 1) + ";\n";
  CHECK_THAT(test::check_text(text + "const int N20000 = 1;").messages, test::has_text("E040"));
  text.clear();
  for (int i = 20000; i > 0; --i)
    text += "const int N" + std::to_string(i - 1) + " = " + (i == 20000 ? "1" : "N" + std::to_string(i)) + ";\n";
  CHECK(test::check_text(text).messages.empty());
  text = "enum E { A";
  for (int i = 0; i < 50000; ++i) text += ", B" + std::to_string(i);
  CHECK(test::check_text(text + "};\nstruct S { int x = E.B49999; };").messages.empty());
}
