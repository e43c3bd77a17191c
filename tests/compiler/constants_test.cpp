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
  CHECK(fields.at(2).at("cpp_init") == " = ::p::Color::BLUE");
  CHECK(fields.at(4).at("cpp_init") == " = 2");
}

TEST_CASE("an enumerator without a value follows the one before") {
  const test::Checked c = test::check_text("enum E { A, B = 5, C, D = A, F };");
  std::vector<int> values;
  for (const auto& e : c.model.at("declarations").at(0).at("enumerators")) values.push_back(e.at("value").get<int>());
  CHECK(values == std::vector<int>{0, 5, 6, 0, 1});
}
