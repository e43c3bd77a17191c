#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iterator>

#include "compiler/compiler_support.hpp"
#include "source/utf8.hpp"
#include "tools/fmt/format.hpp"
#include "tools/fmt/tokens.hpp"
#include "tools/unified_diff.hpp"

using namespace shmidl;
using test::Ran;
using test::run_shmidl;
using test::TempDir;
namespace fs = std::filesystem;

namespace {

ast::Dialect dialect_of(const fs::path& path) { return path.extension() == ".aidl" ? ast::Dialect::aidl : ast::Dialect::idl; }

std::string formatted(const std::string& text, ast::Dialect dialect = ast::Dialect::idl) { return tools::fmt::format(text, dialect); }

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".idl" || entry.path().extension() == ".aidl") paths.push_back(fs::relative(entry.path(), folder));
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The model without the lines that things stand in.
model::Json without_lines(model::Json value) {
  if (value.is_object()) value.erase("line");
  if (value.is_structured())
    for (auto& item : value) item = without_lines(std::move(item));
  return value;
}

model::Json model_of(const fs::path& file, const fs::path& folder) {
  const Ran ran = run_shmidl({"ir", "-I", ".", file.generic_string()}, folder);
  return ran.exit == 0 ? without_lines(model::Json::parse(ran.out)) : model::Json{};
}

}  // namespace

TEST_CASE("formatting keeps the model, every token and every comment, and a second time changes nothing") {
  const TempDir folder;
  fs::copy(test::data("idl/good"), folder.path(), fs::copy_options::recursive);
  const std::vector<fs::path> files = sources_below(folder.path());
  REQUIRE(files.size() > 40);
  std::vector<model::Json> before;
  for (const fs::path& file : files) before.push_back(model_of(file, folder.path()));
  for (const fs::path& file : files) {
    INFO(file);
    const std::string text = test::read_file(folder.path() / file);
    REQUIRE(run_shmidl({"fmt", "-i", file.string()}, folder.path()).exit == 0);
    const std::string once = test::read_file(folder.path() / file);
    CHECK(tools::fmt::same_tokens(text, once));
    CHECK(formatted(once, dialect_of(file)) == once);
    CHECK(run_shmidl({"fmt", "--check", file.string()}, folder.path()).exit == 0);
  }
  for (std::size_t index = 0; index < files.size(); ++index) {
    INFO(files[index]);
    CHECK(model_of(files[index], folder.path()) == before[index]);
  }
}

TEST_CASE("each text of tests/idl/fmt becomes the one beside it") {
  int seen = 0;
  for (const fs::path& name : sources_below(test::data("idl/fmt"))) {
    if (name.stem().extension() != ".before") continue;
    ++seen;
    INFO(name);
    const fs::path path = test::data("idl/fmt") / name;
    const fs::path wanted = path.parent_path() / (name.stem().stem().string() + ".after" + name.extension().string());
    const std::string result = formatted(test::read_file(path), dialect_of(path));
    if (test::updating()) {
      fs::remove(wanted);
      const TempDir folder;
      fs::copy_file(folder.write("text", result), wanted);
    }
    CHECK(result == test::read_file(wanted));
    CHECK(formatted(result, dialect_of(path)) == result);
  }
  CHECK(seen >= 3);
}

TEST_CASE("blanks of every kind are taken away, and the last line has an end") {
  CHECK(formatted("\t interface\r\n{\r\n\f void ping ( ) ; \v\r\n\r\n\r\n} ;") == "interface {\n    void ping();\n};\n");
  CHECK(formatted("\n\n// a   \ninterface{};") == "// a\ninterface {};\n");
}

TEST_CASE("one empty line is kept between members, and none at the ends of a block") {
  CHECK(formatted("interface {\n\n\nint a();\n\n\n\nint b();\nint c();\n\n};\n") ==
        "interface {\n    int a();\n\n    int b();\n    int c();\n};\n");
}

TEST_CASE("a comment stays beside what it stood beside") {
  CHECK(formatted("struct A { // of A\nint a; // of a\n// of b\nint b; /* too */ // of b\n/* end */ };") ==
        "struct A {  // of A\n    int a;  // of a\n    // of b\n    int b;  /* too */ // of b\n    /* end */\n};\n");
  CHECK(formatted("enum A { X, // of X\nY // of Y\n };") == "enum A {\n    X,  // of X\n    Y   // of Y\n};\n");
}

TEST_CASE("what is too wide is broken after a comma, and no line is wider than 100 columns") {
  std::string text = "interface { void f(";
  for (int index = 0; index < 40; ++index) text += (index == 0 ? "int parameter_" : ", int parameter_") + std::to_string(index);
  const std::string result = formatted(text + ") throws Fault, Other; };");
  for (std::size_t begin = 0; begin < result.size(); begin = result.find('\n', begin) + 1) CHECK(result.find('\n', begin) - begin <= 100);
  CHECK(formatted(result) == result);
}

TEST_CASE("fmt prints, tells, shows and rewrites") {
  const TempDir folder;
  folder.write("a.idl", "interface { void ping(); };\n");
  folder.write("b.idl", "interface {\n    void ping();\n};\n");
  CHECK(run_shmidl({"fmt", "a.idl"}, folder.path()).out == "interface {\n    void ping();\n};\n");

  const Ran check = run_shmidl({"fmt", "--check", "a.idl", "b.idl"}, folder.path());
  CHECK(check.exit == 3);
  CHECK(check.out == "a.idl\n");
  const Ran diff = run_shmidl({"fmt", "--diff", "a.idl", "b.idl"}, folder.path());
  CHECK(diff.exit == 3);
  CHECK(diff.out == "--- a.idl\n+++ a.idl\n@@ -1 +1,3 @@\n-interface { void ping(); };\n+interface {\n+    void ping();\n+};\n");
  CHECK(test::read_file(folder / "a.idl") == "interface { void ping(); };\n");

  fs::create_symlink("a.idl", folder / "link.idl");
  CHECK(run_shmidl({"fmt", "-i", "link.idl", "b.idl"}, folder.path()).exit == 0);
  CHECK(fs::is_symlink(folder / "link.idl"));
  CHECK(test::read_file(folder / "a.idl") == test::read_file(folder / "b.idl"));
  CHECK(run_shmidl({"fmt", "--diff", "a.idl"}, folder.path()).out.empty());
}

TEST_CASE("a file that does not parse is reported and left alone, the others are formatted") {
  const TempDir folder;
  folder.write("bad.idl", "interface {  void ping( };\n");
  folder.write("good.idl", "interface {  void ping(); };\n");
  const Ran ran = run_shmidl({"fmt", "-i", "bad.idl", "good.idl"}, folder.path());
  CHECK(ran.exit == 1);
  CHECK_THAT(ran.err, test::has_text("E001"));
  CHECK(test::read_file(folder / "bad.idl") == "interface {  void ping( };\n");
  CHECK(test::read_file(folder / "good.idl") == "interface {\n    void ping();\n};\n");
  CHECK(run_shmidl({"fmt", "none.idl"}, folder.path()).exit == 4);
  CHECK(run_shmidl({"fmt", "-i", "--check", "good.idl"}, folder.path()).exit == 2);
}

TEST_CASE("a file that is rewritten keeps its mode, and nothing is left beside it") {
  const TempDir folder;
  folder.write("a.idl", "interface {  void ping(); };\n");
  const fs::perms mode = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
  fs::permissions(folder / "a.idl", mode);
  REQUIRE(run_shmidl({"fmt", "-i", "a.idl"}, folder.path()).exit == 0);
  CHECK(fs::status(folder / "a.idl").permissions() == mode);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 1);
}

TEST_CASE("where nothing can be written, the old text stays") {
  if (::geteuid() == 0) return;  // root may write everywhere
  const TempDir folder;
  const std::string text = "interface {  void ping(); };\n";
  folder.write("a.idl", text);
  fs::permissions(folder / "a.idl", fs::perms::owner_read);
  CHECK(run_shmidl({"fmt", "-i", "a.idl"}, folder.path()).exit == 4);
  fs::permissions(folder / "a.idl", fs::perms::owner_all);
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(run_shmidl({"fmt", "-i", "a.idl"}, folder.path()).exit == 4);
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(test::read_file(folder / "a.idl") == text);
}

TEST_CASE("a disk without room leaves the old text, and is told") {
  const TempDir folder;
  std::string text = "interface {";
  for (int index = 0; index < 1000; ++index) text += "  void ping" + std::to_string(index) + "(int  a);\n";
  folder.write("a.idl", text + "};\n");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Ran ran = run_shmidl({"fmt", "-i", "a.idl"}, folder.path());
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(ran.exit == 4);
  CHECK_THAT(ran.err, test::has_text("a.idl: error[E003]: cannot write this file: File too large"));
  CHECK(test::read_file(folder / "a.idl") == text + "};\n");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 1);
}

TEST_CASE("a difference is shown with three lines around it") {
  CHECK(tools::unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n6\n7\n8\n", "a", "b") ==
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
  CHECK(tools::unified_diff("", "1\n", "a", "b") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+1\n");
  CHECK(tools::unified_diff("1", "1\n", "a", "b") == "--- a\n+++ b\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n");
  CHECK(tools::unified_diff("1\n", "1\n", "a", "b").empty());
}
