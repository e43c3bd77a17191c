#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

std::string name_of_interface(const std::string& file) {
  const test::Checked c = test::check_text("interface { void ping(); };", file);
  return c.messages.empty() ? c.model.at("declarations").at(0).at("name").get<std::string>() : c.messages;
}

}  // namespace

TEST_CASE("a nameless block is named after its file") {
  CHECK(name_of_interface("arith.idl") == "Arith");
  CHECK(name_of_interface("my-calc.idl") == "MyCalc");
  CHECK(name_of_interface("my_calc.v2.idl") == "MyCalcV2");
  CHECK(name_of_interface("fileSystem.idl") == "FileSystem");
  CHECK_THAT(name_of_interface("2nd.idl"), test::has_text("E031"));
  CHECK_THAT(name_of_interface("--.idl"), test::has_text("E031") || test::has_text("E002"));
}

TEST_CASE("a name that means something in C++ gains an underscore and a warning") {
  const test::Checked c = test::check_text("interface J { void class(int errno); void stop(); void try_stop(); void allocate(); };");
  const auto& methods = c.model.at("declarations").at(0).at("methods");
  CHECK(methods.at(0).at("cpp_name") == "class_");
  CHECK(methods.at(0).at("cpp_try_name") == "try_class");
  CHECK(methods.at(0).at("parameters").at(0).at("cpp_name") == "errno_");
  CHECK(methods.at(1).at("cpp_name") == "stop");
  CHECK(methods.at(2).at("cpp_name") == "try_stop_");
  CHECK(methods.at(3).at("cpp_name") == "allocate_");
  CHECK_THAT(c.messages, test::has_text("W001 `class` is a keyword of C++") && test::has_text("W001 `errno` is a macro") &&
                             test::has_text("W001 `try_stop`"));
  CHECK(methods.at(0).at("signature") == "void class(int32 errno)");  // the wire keeps the name
}

TEST_CASE("a struct comes after what it contains") {
  const test::Checked c =
      test::check_text("interface J { A f(); }; struct A { B b; C c[]; }; struct D { int x; }; struct B { int x; }; struct C { B b; };");
  std::string order;
  for (const auto& d : c.model.at("declarations")) order += d.at("name").get<std::string>();
  CHECK(order == "BCAJD");
}

TEST_CASE("parameters in C++ are as the table of the surface says") {
  const test::Checked c = test::check_text(
      "package p; struct F { int x; }; struct V { string s; }; interface J { V f(string a, const uint8_t b[], List<string> c, F d, V e, "
      "const int g[4], const string h[2], out V i, "
      "inout F j, out uint8_t k[n], int n, const V l[m], size_t m); };");
  REQUIRE(c.messages.empty());
  const auto& f = c.model.at("declarations").back().at("methods").at(0);
  CHECK(f.at("cpp_params") ==
        "std::string_view a, std::span<const std::uint8_t> b, const ::shmidl::List<std::string_view>& c, const F& d, const "
        "V::View& e, "
        "const std::array<std::int32_t, 4>& g, const ::shmidl::List<std::string_view>& h, V& i, F& j, std::span<std::uint8_t> k, "
        "const ::shmidl::List<V::View>& l");
  CHECK(f.at("cpp_async_result") == "std::tuple<V, V, F, ::shmidl::Array<std::uint8_t>>");
  CHECK_THAT(f.at("cpp_async_params_and").get<std::string>(), test::has_text("const F& j, std::uint64_t n, const ::shmidl::List"));
  CHECK_THAT(f.at("cpp_stub_params").get<std::string>(),
             test::has_text("CountedOut<std::uint8_t>, ::shmidl::stub::In<std::vector<::p::V>>"));
}

TEST_CASE("AIDL's byte is signed alone and unsigned in an array") {
  const test::Checked c = test::check_text("interface T { byte f(byte a, in byte[] b, in byte[4] c); }", "T.aidl");
  REQUIRE(c.messages.empty());
  const auto& f = c.model.at("declarations").at(0).at("methods").at(0);
  CHECK(f.at("cpp_result") == "std::int8_t");
  CHECK(f.at("cpp_params") == "std::int8_t a, std::span<const std::uint8_t> b, const std::array<std::uint8_t, 4>& c");
}
