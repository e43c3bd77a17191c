#include "compiler/compiler_support.hpp"
#include "diag/render.hpp"
#include "diag/suggest.hpp"
#include "source/files.hpp"
#include "source/import_search.hpp"
#include "source/utf8.hpp"

using namespace shmidl;

TEST_CASE("a line begins after each newline") {
  const source::File file{"a.idl", "ab\ncd\n\nef"};
  CHECK(file.position(0).line == 1);
  CHECK(file.position(2).line == 1);
  CHECK(file.position(3).line == 2);
  CHECK(file.position(6).line == 3);
  CHECK(file.position(7).line == 4);
  CHECK(file.position(9).column == 3);
  CHECK(file.line(2) == "cd");
  CHECK(file.line(3).empty());
  CHECK(file.line(5).empty());
}

TEST_CASE("a column counts code points, not bytes") {
  const source::File file{"a.idl", "größe x"};
  CHECK(file.position(3).column == 4);
  CHECK(file.position(4).column == 4);  // the second byte of ö
  CHECK(file.position(8).column == 7);
}

TEST_CASE("the end of a line is one byte or two") {
  const source::File file{"a.idl", "ab\r\ncd"};
  CHECK(file.line(1) == "ab");
  CHECK(file.position(4).line == 2);
}

TEST_CASE("an empty file has one empty line") {
  const source::File file{"a.idl", ""};
  CHECK(file.position(0).line == 1);
  CHECK(file.position(100).column == 1);
}

TEST_CASE("only well-formed UTF-8 is UTF-8") {
  CHECK(source::first_bad_utf8("plain, größer, 漢字, 😀") == std::string::npos);
  CHECK(source::first_bad_utf8("ab\xff") == 2);
  CHECK(source::first_bad_utf8("\xC0\x80") == 0);          // overlong
  CHECK(source::first_bad_utf8("\xED\xA0\x80") == 0);      // a surrogate
  CHECK(source::first_bad_utf8("\xF4\x90\x80\x80") == 0);  // past the last code point
  CHECK(source::first_bad_utf8("a\xE2\x82") == 1);         // cut off
}

TEST_CASE("a caret is as wide as its span in code points") {
  source::Files files;
  const std::uint32_t id = files.add("a.idl", "int größe;\n");
  const std::string text = diag::render_text({{diag::Code::unknown_type, {id, 4, 11}, "message", {}, "help", {}}}, files);
  CHECK(text == "a.idl:1:5: error[E012]: message\n  1 | int größe;\n    |     ^~~~~\n  help: help\n");
}

TEST_CASE("a caret stands below a tab as wide as the tab") {
  source::Files files;
  const std::uint32_t id = files.add("a.idl", "\tx;\n");
  const std::string text = diag::render_text({{diag::Code::unknown_type, {id, 1, 2}, "message", {}, {}, {}}}, files);
  CHECK(text == "a.idl:1:2: error[E012]: message\n  1 | \tx;\n    | \t^\n");
}

TEST_CASE("a long line is shown around its fault") {
  source::Files files;
  const std::uint32_t id = files.add("a.idl", std::string(500, 'a') + "b" + std::string(500, 'c'));
  const std::string text = diag::render_text({{diag::Code::unknown_type, {id, 500, 501}, "message", {}, {}, {}}}, files);
  CHECK(text.size() < 400);
  CHECK_THAT(text, test::has_text("…") && test::has_text("b"));
}

TEST_CASE("a name that is one edit away is offered") {
  CHECK(diag::suggest("Imgae", {"Image", "Frame"}) == "Image");
  CHECK(diag::suggest("strng", {"short", "string"}) == "string");
  CHECK(diag::suggest("Foo", {"Image"}).empty());
  CHECK(diag::suggest(std::string(10'000, 'a'), {std::string(10'000, 'b')}).empty());
}

TEST_CASE("a file found twice under two names counts once") {
  const test::TempDir folder;
  folder.write("a/x.idl", "");
  const source::Found found = source::search({folder / "a", folder / "a/../a"}, "x.idl");
  CHECK(found.files.size() == 1);
  CHECK(source::below(folder / "a/x.idl", folder.path()) == "a/x.idl");
  CHECK(source::below(folder.path(), folder / "a").empty());
}
