#include <fstream>
#include <set>
#include <sstream>

#include "compiler/compiler_support.hpp"
#include "diag/catalogue.hpp"

using namespace shmidl;
namespace fs = std::filesystem;

namespace {

/// `NAME.args` holds the command line; without it, `check NAME.idl` or `check NAME.aidl`.
std::vector<std::string> arguments_for(const fs::path& expected) {
  fs::path args = expected;
  args.replace_extension(".args");
  if (!fs::exists(args))
    return {"check", expected.stem().string() + (fs::exists(fs::path{expected}.replace_extension(".aidl")) ? ".aidl" : ".idl")};
  std::istringstream words(test::read_file(args));
  return {std::istream_iterator<std::string>(words), {}};
}

std::vector<fs::path> listed(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ending) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// What is expected of each input of a folder, whether that file exists or not. What other inputs read lies in folders below.
std::set<fs::path> inputs(const fs::path& folder) {
  std::set<fs::path> expected;
  for (const char* const ending : {".idl", ".aidl", ".args", ".expected"})
    for (fs::path path : listed(folder, ending)) expected.insert(path.replace_extension(".expected"));
  return expected;
}

}  // namespace

TEST_CASE("each bad input has exactly its expected diagnostics") {
  const fs::path folder = test::data("idl/bad");
  const std::set<fs::path> all = inputs(folder);
  CHECK(all.size() >= 120);
  for (const fs::path& expected : all) {
    const test::Ran ran = test::run_shmidl(arguments_for(expected), folder);
    const std::string told = ran.err + ran.out + "exit " + std::to_string(ran.exit) + "\n";
    if (test::updating()) std::ofstream(expected, std::ios::binary) << told;
    INFO(expected.filename());
    REQUIRE(fs::exists(expected));
    CHECK(told == test::read_file(expected));
    for (const char* const internal : {"boost", "N6shmidl", "N5boost", "shmidl::syntax", "ast::"}) CHECK(told.find(internal) == std::string::npos);
    CHECK(told.find("something else") == std::string::npos);
  }
}

TEST_CASE("bad input leaves no file behind") {
  const fs::path folder = test::data("idl/bad");
  for (const char* const name : {"out", "E003_out", "E038_out", "E039_out"}) CHECK_FALSE(fs::exists(folder / name));
}

TEST_CASE("each code has a bad input, a good one and a paragraph") {
  const std::string paragraphs = test::read_file(fs::path{SHMIDL_SOURCE_TREE} / "compiler/ERRORS.md");
  std::set<std::string> bad;
  for (const fs::path& path : listed(test::data("idl/bad"), ".expected")) {
    const std::string text = test::read_file(path);
    for (const diag::Entry& entry : diag::catalogue()) {
      const std::string id = diag::id(entry.code);
      if (path.stem().string().starts_with(id) && text.find("[" + id + "]") != std::string::npos) bad.insert(id);
    }
  }
  std::set<std::string> good;
  for (const char* const ending : {".idl", ".aidl"})
    for (const fs::path& path : listed(test::data("idl/good"), ending)) good.insert(path.stem().string().substr(0, 4));
  for (const diag::Entry& entry : diag::catalogue()) {
    const std::string id = diag::id(entry.code);
    INFO(id << ": " << entry.title);
    CHECK(bad.contains(id));
    CHECK(good.contains(id));
    CHECK(paragraphs.find("## " + id + ": " + std::string{entry.title} + "\n") != std::string::npos);
  }
}

TEST_CASE("the good input of each lint has no warning") {
  const fs::path folder = test::data("idl/good");
  for (const char* const ending : {".idl", ".aidl"}) {
    for (const fs::path& path : listed(folder, ending)) {
      if (!path.stem().string().starts_with("W0")) continue;
      INFO(path);
      const test::Ran ran = test::run_shmidl({"lint", path.filename().string()}, folder);
      CHECK(ran.err.empty());
      CHECK(ran.exit == 0);
    }
  }
}

TEST_CASE("each diagnostic is explained in the words of its page") {
  for (const diag::Entry& entry : diag::catalogue()) {
    const test::Ran ran = test::run_shmidl({"explain", diag::id(entry.code)}, ".");
    CHECK(ran.out.starts_with(diag::id(entry.code) + ": " + std::string{entry.title} + "\n"));
    CHECK(ran.out.find("Does not:") != std::string::npos);
    CHECK(ran.exit == 0);
  }
  CHECK(test::run_shmidl({"explain", "w1"}, ".").out.starts_with("W001: "));
  CHECK(test::run_shmidl({"explain"}, ".").out.find("E012  a type is not declared\n") != std::string::npos);
}

TEST_CASE("no number is used twice") {
  std::set<std::string> seen;
  for (const diag::Entry& entry : diag::catalogue()) CHECK(seen.insert(diag::id(entry.code)).second);
}
