#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

/// `flat size align: offset offset …` of the last struct of the text.
std::string layout(const std::string& text) {
  const test::Checked c = test::check_text(text);
  if (!c.messages.empty()) return c.messages;
  const auto& s = c.model.at("declarations").back();
  std::string result = s.at("flat").get<bool>() ? "flat " : "variable ";
  result += s.at("size").dump() + " " + s.at("align").dump() + ":";
  for (const auto& f : s.at("fields")) result += " " + f.at("offset").dump();
  return result;
}

std::string fingerprint(const std::string& text) {
  const test::Checked c = test::check_text(text);
  REQUIRE(c.messages.empty());
  return c.model.at("declarations").back().at("fingerprint").get<std::string>();
}

}  // namespace

TEST_CASE("scalars lie at their natural alignment") {
  CHECK(layout("struct S { uint64_t a; bool b; double c; };") == "flat 24 8: 0 8 16");
  CHECK(layout("struct S { bool a; short b; char c; int d; };") == "flat 12 4: 0 2 4 8");
  CHECK(layout("struct S { bool a; bool b; };") == "flat 2 1: 0 1");
}

TEST_CASE("an empty struct has one byte") { CHECK(layout("struct S { };") == "flat 1 1:"); }

TEST_CASE("flat structs and arrays lie inside of flat structs") {
  CHECK(layout("struct A { int x; bool y; }; struct S { bool a; A b; A c[2]; short d[3]; };") == "flat 36 4: 0 4 12 28");
}

TEST_CASE("what varies is a reference of 8 bytes") {
  CHECK(layout("struct S { string a; uint8_t b[]; bool c; string d[2]; };") == "variable 28 4: 0 8 16 20");
  CHECK(layout("struct A { double x; }; struct S { bool a; A b; A c[2]; A d[]; double e[2]; };") == "variable 48 8: 0 4 12 20 32");
}

TEST_CASE("an enum has the size of what stores it") {
  CHECK(layout("enum E : uint8_t { A }; @Backing(type=\"long\") enum F { B }; struct S { E e; F f; E g; };") == "flat 24 8: 0 8 16");
}

TEST_CASE("64-bit members of flat structs are aligned alike everywhere") {
  const test::Checked c =
      test::check_text("struct A { int64_t x; }; struct S { double a[2]; A b; int d; }; struct V { double a; string b; };");
  const auto& flat = c.model.at("declarations").at(1).at("fields");
  CHECK(flat.at(0).at("cpp_type") == "alignas(8) std::array<double, 2>");
  CHECK(flat.at(1).at("cpp_type") == "A");
  CHECK(flat.at(2).at("cpp_type") == "std::int32_t");
  CHECK(c.model.at("declarations").at(2).at("fields").at(0).at("cpp_type") == "double");
}

TEST_CASE("a fingerprint changes with what two sides must agree on, and with nothing else") {
  const std::string base = fingerprint("struct A { int x; }; interface J { A f(int a); void g(); };");
  CHECK(base == fingerprint("/** Documented. */ struct A { int x; }; interface J { A f(int renamed); void g(); };"));
  CHECK(base != fingerprint("struct A { long x; }; interface J { A f(int a); void g(); };"));
  CHECK(base != fingerprint("struct A { int y; }; interface J { A f(int a); void g(); };"));
  CHECK(base != fingerprint("struct A { int x; }; interface J { A f(long a); void g(); };"));
  CHECK(base != fingerprint("struct A { int x; }; interface J { A f(out int a); void g(); };"));
  CHECK(base != fingerprint("struct A { int x; }; interface J { void g(); A f(int a); };"));
  CHECK(base != fingerprint("struct A { int x; }; interface J { A f(int a); oneway void g(); };"));
  CHECK(base != fingerprint("struct A { int x; }; interface K { A f(int a); void g(); };"));
}

TEST_CASE("the hash chain of a struct that grew begins with the old one") {
  const auto chain = [](const std::string& text) {
    std::vector<std::string> hashes;
    const test::Checked c = test::check_text(text);
    for (const auto& f : c.model.at("declarations").at(0).at("fields")) hashes.push_back(f.at("prefix_hash"));
    return hashes;
  };
  const auto before = chain("struct A { int x; string y; };");
  const auto after = chain("struct A { int x; string y; bool z; };");
  CHECK(std::vector<std::string>(after.begin(), after.begin() + 2) == before);
  CHECK(after[2] != after[1]);
}
