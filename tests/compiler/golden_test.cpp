#include <cstdlib>
#include <fstream>

#include "compiler/compiler_support.hpp"
#include "support/process.hpp"

using namespace shmidl;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kWarnings = {"-std=c++20", "-fsyntax-only",    "-Wall",  "-Wextra", "-Wpedantic", "-Wconversion",
                                            "-Wshadow",   "-Wold-style-cast", "-Werror"};

std::vector<std::string> compilers() {
  std::vector<std::string> found;
  for (const char* const name : {"/usr/bin/g++", "/usr/bin/clang++-14", "/usr/bin/clang++-19"})
    if (fs::exists(name)) found.emplace_back(name);
  return found;
}

std::vector<fs::path> below(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) found.push_back(fs::relative(entry.path(), folder));
  std::sort(found.begin(), found.end());
  return found;
}

/// One text that includes all of `files` compiles without a warning.
void compile(const fs::path& folder, const std::vector<fs::path>& files, const std::string& after = {}) {
  const test::TempDir work;
  std::string text;
  for (const fs::path& file : files) text += "#include \"" + file.generic_string() + "\"\n";
  const fs::path unit = work.write("unit.cpp", text + after);
  for (const std::string& compiler : compilers()) {
    std::vector<std::string> arguments = kWarnings;
    arguments.insert(arguments.end(), {"-I", std::string{SHMIDL_SOURCE_TREE} + "/runtime/include", "-I", folder.string(), unit.string()});
    const test::Finished run = test::run(compiler, arguments, {}, std::chrono::seconds(120));
    INFO(compiler << " " << text << run.err);
    CHECK(run.code == 0);
  }
}

void generate(const std::vector<std::string>& arguments, const fs::path& folder) {
  const test::Ran ran = test::run_shmidl(arguments, folder);
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
}

}  // namespace

TEST_CASE("the golden outputs are what the compiler writes") {
  const fs::path golden = test::data("golden");
  const test::TempDir out;
  generate({"gen", "--base", "idl", "idl/files.idl", "idl/demo/camera/ICamera.aidl", "idl/demo/camera/Image.aidl", "-o", out.string()},
           golden);
  const std::vector<fs::path> written = below(out.path(), "pp");
  CHECK(written.size() == 6);
  if (test::updating())
    for (const fs::path& file : written) {
      fs::create_directories((golden / "out" / file).parent_path());
      fs::copy_file(out.path() / file, golden / "out" / file, fs::copy_options::overwrite_existing);
    }
  CHECK(below(golden / "out", "pp") == written);
  for (const fs::path& file : written) {
    INFO(file);
    CHECK(test::read_file(golden / "out" / file) == test::read_file(out.path() / file));
  }
}

TEST_CASE("each golden header compiles alone without a warning") {
  for (const fs::path& header : below(test::data("golden/out"), ".hpp")) compile(test::data("golden/out"), {header});
}

TEST_CASE("the golden sources compile without a warning") {
  for (const fs::path& source : below(test::data("golden/out"), ".cpp")) compile(test::data("golden/out"), {source});
}

TEST_CASE("every good file is generated, and all of it compiles as one unit") {
  const test::TempDir out;
  std::vector<std::string> idl = {"gen", "--base", ".", "-o", out.string()};
  for (const char* const ending : {".idl", ".aidl"})
    for (const fs::path& file : below(test::data("idl/good"), ending)) idl.push_back(file.generic_string());
  generate(idl, test::data("idl/good"));
  std::vector<fs::path> own;
  std::vector<fs::path> snippets;  // of ERRORS.md: they declare the same names, so they are not one program
  for (const fs::path& file : below(out.path(), ".cpp"))
    (file.string()[0] == 'E' || file.string()[0] == 'W' ? snippets : own).push_back(file);
  compile(out.path(), own);
  CHECK(snippets.size() > 30);
}

TEST_CASE("names that are macros or keywords in C++ survive the headers that define them") {
  const test::TempDir out;
  generate({"gen", "names.idl", "-o", out.string()}, test::data("idl/good"));
  const test::TempDir work;
  const fs::path unit = work.write(
      "unit.cpp", "#include <cassert>\n#include <cerrno>\n#include <climits>\n#include <sys/sysmacros.h>\n#include \"names.shmidl.cpp\"\n");
  for (const std::string& compiler : compilers()) {
    std::vector<std::string> arguments = kWarnings;
    arguments.insert(arguments.end(), {"-I", std::string{SHMIDL_SOURCE_TREE} + "/runtime/include", "-I", out.string(), unit.string()});
    const test::Finished run = test::run(compiler, arguments, {}, std::chrono::seconds(120));
    INFO(run.err);
    CHECK(run.code == 0);
  }
}
