#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

/// The value of a constant in C++, or the message.
std::string value(const std::string& type, const std::string& expression) {
  const test::Checked c = test::check_text("const " + type + " A = " + expression + ";");
  return c.messages.empty() ? c.model.at("constants").at(0).at("cpp_value").get<std::string>() : c.messages;
}

std::string aidl(const std::string& type, const std::string& expression) {
  const test::Checked c = test::check_text("interface T { const " + type + " A = " + expression + "; }", "T.aidl");
  return c.messages.empty() ? c.model.at("declarations").at(0).at("constants").at(0).at("cpp_value").get<std::string>() : c.messages;
}

}  // namespace

TEST_CASE("integers reach the edges of their types and not past them") {
  CHECK(value("int8_t", "127") == "127");
  CHECK(value("int8_t", "-128") == "-128");
  CHECK_THAT(value("int8_t", "128"), test::has_text("E016"));
  CHECK_THAT(value("int8_t", "-129"), test::has_text("E016"));
  CHECK(value("uint8_t", "255") == "255");
  CHECK_THAT(value("uint8_t", "-1"), test::has_text("E016"));
  CHECK(value("int", "2147483647") == "2147483647");
  CHECK(value("int", "-2147483648") == "-2147483648");
  CHECK_THAT(value("int", "2147483648"), test::has_text("E016"));
  CHECK(value("int64_t", "9223372036854775807") == "9223372036854775807");
  CHECK(value("int64_t", "-9223372036854775807 - 1") == "-9223372036854775807 - 1");
  CHECK(value("uint64_t", "18446744073709551615") == "18446744073709551615U");
  CHECK_THAT(value("uint64_t", "18446744073709551616"), test::has_text("E016"));
}

TEST_CASE("hexadecimal numbers are bits") {
  CHECK(value("int", "0xffffffff") == "-1");
  CHECK(value("uint32_t", "0xffffffff") == "4294967295");
  CHECK(aidl("int", "0xffffffff") == "-1");
  CHECK(aidl("long", "0xffffffffL") == "4294967295");
  CHECK(aidl("int", "1 << 31") == "-2147483648");
  CHECK(aidl("byte", "0xffu8") == "-1");
  CHECK(value("uint32_t", "1 << 31") == "2147483648");
  CHECK(value("uint64_t", "~0L") == "18446744073709551615U");
}

TEST_CASE("expressions are computed as in C") {
  CHECK(value("int", "1 + 2 * 3 - 4 / 2 % 2") == "7");
  CHECK(value("int", "(1 << 4 | 3) & ~1") == "18");
  CHECK(value("bool", "1 < 2 && !(2 >= 3)") == "true");
  CHECK(value("int", "-7 / 2") == "-3");
  CHECK(value("int", "-7 % 2") == "-1");
  CHECK(value("string", "\"a\" + \"b\"") == "\"ab\"");
  CHECK(value("double", "1 / 2.0") == "0.5");
  CHECK(value("int", "017") == "15");
  CHECK(value("char", "'\\n'") == "static_cast<char>(10)");
}

TEST_CASE("what has no value says why") {
  CHECK_THAT(value("int", "1 / 0"), test::has_text("division by zero"));
  CHECK_THAT(value("int", "1 % 0"), test::has_text("division by zero"));
  CHECK_THAT(value("int", "1 << 32"), test::has_text("0 to 31 places"));
  CHECK_THAT(value("int", "1 << -1"), test::has_text("not -1"));
  CHECK_THAT(value("int", "{1}"), test::has_text("not a list"));
  CHECK_THAT(value("int64_t", "9223372036854775807 * 9223372036854775807"), test::has_text("E016"));
  CHECK_THAT(value("int", "2147483647 + 1"), test::has_text("does not fit into 32 bits"));
  CHECK_THAT(value("int", "A"), test::has_text("E018"));
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

namespace {

/// The value of a constant of an .aidl file in the model, or the message.
std::string aidl_value(const std::string& type, const std::string& expression) {
  const test::Checked c = test::check_text("interface T { const " + type + " A = " + expression + "; }", "T.aidl");
  return c.messages.empty() ? c.model.at("declarations").at(0).at("constants").at(0).at("value").dump() : c.messages;
}

std::string idl_value(const std::string& declaration) {
  const test::Checked c = test::check_text("const " + declaration + ";");
  return c.messages.empty() ? c.model.at("constants").at(0).at("value").dump() : c.messages;
}

}  // namespace

TEST_CASE("AIDL's literals have the type that holds them") {
  CHECK(aidl_value("long", "0xffffffff") == "-1");
  CHECK(aidl_value("long", "0xffffffffL") == "4294967295");
  CHECK(aidl_value("int", "0x80000000") == "-2147483648");
  CHECK(aidl_value("long", "0x100000000") == "4294967296");
  CHECK(aidl_value("byte", "200u8") == "-56");
  CHECK(aidl_value("int", "200u8") == "-56");
  CHECK(aidl_value("int", "4294967295u32") == "-1");
  CHECK(aidl_value("long", "18446744073709551615u64") == "-1");
  CHECK(aidl_value("int", "1_000_000") == "1000000");
  CHECK(aidl_value("int", "010") == "10");
  CHECK(aidl_value("long", "9223372036854775807") == "9223372036854775807");
  CHECK_THAT(aidl_value("byte", "0xff"), test::has_text("255 does not fit"));
  CHECK_THAT(aidl_value("int", "2147483648"), test::has_text("does not fit"));
  CHECK_THAT(aidl_value("long", "9223372036854775808"), test::has_text("does not fit into 64 bits"));
  CHECK_THAT(aidl_value("byte", "256u8"), test::has_text("does not fit into 8 bits"));
  CHECK_THAT(aidl_value("int", "1_"), test::has_text("is not a number"));
}

TEST_CASE("AIDL computes in int and long, and what leaves them is told") {
  CHECK(aidl_value("long", "2147483647 + 1L") == "2147483648");
  CHECK(aidl_value("int", "2147483648 - 1") == "2147483647");
  CHECK(aidl_value("int", "1 << 31") == "-2147483648");
  CHECK(aidl_value("long", "1L << 40") == "1099511627776");
  CHECK(aidl_value("int", "8 << -2") == "2");
  CHECK(aidl_value("int", "1 >> -3") == "8");
  CHECK(aidl_value("int", "-7 % 3") == "-1");
  CHECK(aidl_value("byte", "~200u8") == "55");
  CHECK(aidl_value("int", "127u8 + 1") == "128");
  CHECK_THAT(aidl_value("long", "2147483647 + 1"), test::has_text("does not fit into `int`"));
  CHECK_THAT(aidl_value("long", "1 << 40"), test::has_text("at most 31 places"));
  CHECK_THAT(aidl_value("int", "3 << 31"), test::has_text("does not fit into `int`"));
  CHECK_THAT(aidl_value("int", "-1 << 1"), test::has_text("a negative number"));
  CHECK_THAT(aidl_value("int", "-0x80000000"), test::has_text("does not fit into `int`"));
  CHECK_THAT(aidl_value("long", "9223372036854775807 * 9223372036854775807"), test::has_text("does not fit into `long`"));
}

TEST_CASE("AIDL's booleans are numbers, its characters are not") {
  CHECK(aidl_value("boolean", "1") == "true");
  CHECK(aidl_value("boolean", "2 > 1 && !false") == "true");
  CHECK(aidl_value("int", "true + true") == "2");
  CHECK(aidl_value("int", "true") == "1");
  CHECK(aidl_value("char", "'a'") == "97");
  CHECK_THAT(aidl_value("char", "97"), test::has_text("needs a character"));
  CHECK_THAT(aidl_value("int", "'a'"), test::has_text("needs an integer"));
  CHECK(aidl_value("float", "-1.5f") == "-1.5");
  CHECK(aidl_value("double", "1e3") == "1000.0");
  CHECK_THAT(aidl_value("float", "1.5"), test::has_text("this is a `double`"));
  CHECK_THAT(aidl_value("double", "1"), test::has_text("needs a floating-point number"));
  CHECK_THAT(aidl_value("float", "1e300f"), test::has_text("does not fit into `float`"));
}

TEST_CASE("constants may be arrays") {
  CHECK(aidl_value("int[]", "{1, 2 + 3,}") == "[1,5]");
  CHECK(aidl_value("int[2]", "{1, 2}") == "[1,2]");
  CHECK(aidl_value("String[]", "{}") == "[]");
  CHECK(aidl_value("byte[]", "{1, -1, 200u8}") == "[1,255,200]");
  CHECK(aidl_value("boolean[]", "{true, 0}") == "[true,false]");
  CHECK_THAT(aidl_value("int[2]", "{1}"), test::has_text("needs 2 elements, and this list has 1"));
  CHECK_THAT(aidl_value("int[]", "{1, \"a\"}"), test::has_text("not a string"));
  CHECK(idl_value("int A[3] = {1, 2}") == "[1,2]");
  CHECK(idl_value("char A[4] = \"ab\"") == "[97,98]");
  CHECK_THAT(idl_value("int A[1] = {1, 2}"), test::has_text("needs 1 element, and this list has 2"));
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
  for (int i = 20000; i > 0; --i) text += "const int N" + std::to_string(i - 1) + " = " + (i == 20000 ? "1" : "N" + std::to_string(i)) + ";\n";
  CHECK(test::check_text(text).messages.empty());
  text = "enum E { A";
  for (int i = 0; i < 50000; ++i) text += ", B" + std::to_string(i);
  CHECK(test::check_text(text + "};\nstruct S { int x = E.B49999; };").messages.empty());
}
