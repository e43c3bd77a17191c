#include <sys/stat.h>

#include <fstream>

#include "compiler/compiler_support.hpp"
#include "emit/cpp_types.hpp"
#include "emit/expand.hpp"
#include "emit/output.hpp"
#include "emit/render.hpp"
#include "emit/tidy.hpp"

using namespace shmidl;
using test::TempDir;

namespace {

std::string rendered(const TempDir& folder, const emit::Json& model) {
  emit::Templates templates;
  REQUIRE(templates.replace_from(folder.path()).empty());
  const emit::Rendered result = emit::render(templates, "main", model);
  return result.error.empty() ? result.text : "error: " + result.error;
}

}  // namespace

TEST_CASE("a tag alone on its line takes the line with it") {
  const TempDir folder;
  folder.write("main.mustache", "a\n{{#yes}}\nb\n{{/yes}}\n{{#no}}\nc\n{{/no}}\n\n{{! nothing }}\nd\n");
  CHECK(rendered(folder, {{"yes", true}, {"no", false}}) == "a\nb\n\nd\n");
}

TEST_CASE("a partial keeps the indentation of its place") {
  const TempDir folder;
  folder.write("main.mustache", "x {\n  {{>inner}}\n}\n");
  folder.write("inner.mustache", "{{#list}}\n{{.}};\n{{/list}}\n");
  CHECK(rendered(folder, {{"list", {"a", "b"}}}) == "x {\n  a;\n  b;\n}\n");
}

TEST_CASE("a partial may contain itself") {
  const TempDir folder;
  folder.write("main.mustache", "{{>tree}}\n");
  folder.write("tree.mustache", "{{name}}\n{{#nested}}\n{{#indented}}\n{{>tree}}\n{{/indented}}\n{{/nested}}\n");
  const emit::Json leaf = {{"name", "c"}, {"nested", emit::Json::array()}};
  const emit::Json middle = {{"name", "b"}, {"nested", {leaf}}};
  CHECK(rendered(folder, {{"name", "a"}, {"nested", {middle}}}) == "a\n  b\n    c\n");
}

TEST_CASE("a partial that contains itself without an end is named") {
  const TempDir folder;
  const emit::Json tree = {{"name", "a"}, {"nested", {{{"name", "b"}}}}};
  SECTION("bare") { folder.write("tree.mustache", "{{name}} {{>tree}} {{>tree}}\n"); }
  SECTION("in a list that is found outside of what it holds") { folder.write("tree.mustache", "{{#nested}}\n{{>tree}}\n{{/nested}}\n"); }
  SECTION("indented") { folder.write("tree.mustache", "{{#indented}}\n{{>tree}}\n{{/indented}}\n"); }
  folder.write("main.mustache", "{{>tree}}\n");
  CHECK(rendered(folder, tree) == "error: tree.mustache: `tree` contains itself more than 500 deep");
}

TEST_CASE("declarations that are added one at a time stand where the form goes over all of them") {
  const TempDir folder;
  folder.write(
      "main.mustache",
      "a\n{{#declarations}}\n{{name}} of {{file}}\n{{/declarations}}\nb\n{{#no}}\n{{#declarations}}\nx\n{{/declarations}}\n{{/no}}\n"
      "{{#declarations}}\n{{#list}}\n- {{.}}\n{{/list}}\n{{/declarations}}\n{{^declarations}}\nnone\n{{/declarations}}\n");
  emit::Templates templates;
  REQUIRE(templates.replace_from(folder.path()).empty());
  emit::Form form(templates, "main");
  REQUIRE(form.error().empty());
  const emit::Json file = {{"file", "f"}, {"no", false}, {"declarations", true}};
  emit::Page page(form, file);
  for (const char* const name : {"p", "q"}) page.add({{"name", name}, {"list", {1, 2.5, name}}});
  CHECK(page.finish(80) == "a\np of f\nq of f\nb\n- 1\n- 2.5\n- p\n- 1\n- 2.5\n- q\n");
}

TEST_CASE("a list of all declarations inside another is named") {
  const TempDir folder;
  folder.write("main.mustache", "{{#declarations}}\n{{#declarations}}\n{{/declarations}}\n{{/declarations}}\n");
  CHECK_THAT(rendered(folder, {{"declarations", emit::Json::array()}}),
             test::has_text("main.mustache: `declarations` cannot stand inside"));
}

TEST_CASE("nothing is escaped for HTML") {
  const TempDir folder;
  folder.write("main.mustache", "{{t}}\n");
  CHECK(rendered(folder, {{"t", "List<const T&> \"x\""}}) == "List<const T&> \"x\"\n");
}

TEST_CASE("a template that is not well-formed is named") {
  const TempDir folder;
  folder.write("main.mustache", "{{#open}}\n");
  CHECK_THAT(rendered(folder, {{"open", true}}), test::has_text("main.mustache"));
  folder.write("main.mustache", "{{>nowhere}}\n");
  CHECK_THAT(rendered(folder, {{"open", true}}), test::has_text("no template `nowhere`"));
}

TEST_CASE("empty lines stand alone and not at the edge of a block") {
  CHECK(emit::tidy("a {\n\n\n  b   \n\n\n\n  c\n\n}\n\n\nd\n", 80) == "a {\n  b\n\n  c\n}\n\nd\n");
}

TEST_CASE("a long line breaks after the outermost comma that fits") {
  CHECK(emit::tidy("  void f(std::tuple<int, int> first, int second, int third);\n", 40) ==
        "  void f(std::tuple<int, int> first,\n      int second, int third);\n");
  CHECK(emit::tidy("std::tuple<int, int, int> function(int first);\n", 40) == "std::tuple<int, int, int> function(\n    int first);\n");
  CHECK(emit::tidy("  std::array<int, 3> many = {1000, 2000, 3000};\n", 28) == "  std::array<int, 3> many =\n      {1000, 2000, 3000};\n");
  CHECK(emit::tidy("  std::map<int, int> many = \"a, b, c, d, e\";\n", 30) == "  std::map<int, int> many =\n      \"a, b, c, d, e\";\n");
  CHECK(emit::tidy("  std::any one = std::map<int, int>{{1, 2}};\n", 36) == "  std::any one =\n      std::map<int, int>{{1, 2}};\n");
  CHECK(emit::tidy("using F = Method<0, void, std::string>;\n", 24) == "using F = Method<0,\n    void, std::string>;\n");
  const std::string comment = "  /// " + std::string(200, 'x') + ", y\n";
  CHECK(emit::tidy(comment, 40) == comment);
  CHECK(emit::tidy("  f(\"a, b, c, d, e, f, g, h, i\", 2);\n", 34) == "  f(\"a, b, c, d, e, f, g, h, i\",\n      2);\n");
}

TEST_CASE("literals are C++") {
  const emit::Json float_type = {{"kind", "float"}, {"flat", true}};
  CHECK(emit::literal(float_type, 1.0) == "1.0f");
  CHECK(emit::literal({{"kind", "double"}, {"flat", true}}, 0.1) == "0.1");
  CHECK(emit::quoted("a\"\\\n\x01") == "\"a\\\"\\\\\\n\\001\"");
  CHECK(emit::literal({{"kind", "string"}, {"flat", false}}, std::string("a\0b", 3)) == "std::string_view{\"a\\000b\", 3}");
}

TEST_CASE("a file that already holds its text is not touched") {
  const TempDir folder;
  REQUIRE(emit::write_all({{folder / "a/b.txt", "one"}}).reason.empty());
  const auto before = std::filesystem::last_write_time(folder / "a/b.txt");
  struct stat first {};
  REQUIRE(::stat((folder / "a/b.txt").c_str(), &first) == 0);
  REQUIRE(emit::write_all({{folder / "a/b.txt", "one"}}).reason.empty());
  struct stat second {};
  REQUIRE(::stat((folder / "a/b.txt").c_str(), &second) == 0);
  CHECK(std::filesystem::last_write_time(folder / "a/b.txt") == before);
  CHECK(first.st_ino == second.st_ino);
  REQUIRE(emit::write_all({{folder / "a/b.txt", "two"}}).reason.empty());
  CHECK(test::read_file(folder / "a/b.txt") == "two");
}

TEST_CASE("all files are written or none") {
  const TempDir folder;
  folder.write("file", "in the way");
  const emit::WriteFault fault = emit::write_all({{folder / "good.txt", "x"}, {folder / "file/bad.txt", "y"}});
  CHECK_FALSE(fault.reason.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "good.txt"));
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) entries += entry.exists() ? 1 : 0;
  CHECK(entries == 1);  // nothing temporary is left
}

TEST_CASE("a make rule escapes what make would read") {
  CHECK(emit::depfile({"out/a b.hpp"}, {"in$/x#.idl"}) == "out/a\\ b.hpp: \\\n  in$$/x\\#.idl\n");
}
