#include "installed.hpp"
#include "support/catch.hpp"

#include <filesystem>

using namespace shmidl::test;
namespace fs = std::filesystem;

TEST_CASE("the examples build and run with Makefiles") {
  const std::string example = GENERATE("arith", "camera", "files", "cache");
  const Project project(fs::path(SHMIDL_SOURCE_DIR) / "idl-examples" / example, "Unix Makefiles");
  project.build();
  CHECK_FALSE(run_pair(project / (example + "_server"), project / (example + "_client"), example).empty());
}

TEST_CASE("a project that adds this one as a folder builds the runtime and runs the compiler it names") {
  const TempDir dir;
  const fs::path example = fs::path(SHMIDL_SOURCE_DIR) / "idl-examples" / "arith";
  dir.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(outer LANGUAGES CXX)\nadd_subdirectory(\"" SHMIDL_SOURCE_DIR
                              "\" shmidl)\nadd_subdirectory(\"" +
                                  example.string() + "\" arith)\n");
  const Project project(dir.path(), "Ninja", {"-DSHMIDL_COMPILER=" + (prefix() / "bin/shmidl").string(), "-DCMAKE_CXX_FLAGS="});
  project.build();
  CHECK_FALSE(fs::exists(project / "shmidl/tests"));
  CHECK_FALSE(run_pair(project / "arith/arith_server", project / "arith/arith_client", "arith").empty());
}
