#include <fstream>

#include "compiler/stub_builds.hpp"

using namespace shmidl;
using test::Compilers;
namespace fs = std::filesystem;

TEST_CASE("the golden outputs are what the compiler writes") {
  const fs::path golden = test::data("golden");
  const fs::path camera = fs::path{SHMIDL_SOURCE_TREE} / "idl-examples/camera/idl";
  const test::TempDir out;
  test::generate({"gen", "--base", "idl", "idl/files.idl", "-o", out.string()}, golden);
  std::vector<std::string> arguments = {"gen", "--base", ".", "-o", out.string()};
  for (const fs::path& file : test::below(camera, ".aidl")) arguments.push_back(file.generic_string());
  test::generate(arguments, camera);
  const std::vector<fs::path> written = test::below(out.path(), "pp");
  CHECK(written.size() == 10);
  if (test::updating())
    for (const fs::path& file : written) {
      fs::create_directories((golden / "out" / file).parent_path());
      fs::copy_file(out.path() / file, golden / "out" / file, fs::copy_options::overwrite_existing);
    }
  CHECK(test::below(golden / "out", "pp") == written);
  for (const fs::path& file : written) {
    INFO(file);
    CHECK(test::read_file(golden / "out" / file) == test::read_file(out.path() / file));
  }
}

TEST_CASE("the golden sources compile without a warning") {
  test::compile(test::data("golden/out"), test::below(test::data("golden/out"), ".cpp"), Compilers::one);
}

TEST_CASE("every good file is generated, and all of it compiles as one unit") {
  const test::TempDir out;
  test::compile(out.path(), test::generate_all("good", out.path()), Compilers::one);
  CHECK(test::below(out.path(), ".cpp").size() > 60);
}
