// Generating stubs and handing them to the compilers of this machine.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "compiler/compiler_support.hpp"
#include "support/process.hpp"

namespace shmidl::test {

/// Which compilers must accept what was generated: the quick tests ask one, the full ones all of them.
enum class Compilers { one, all };

inline std::vector<std::string> compilers(Compilers which) {
  std::vector<std::string> found;
  for (const char* const name : {"/usr/bin/g++", "/usr/bin/clang++-14", "/usr/bin/clang++-19"})
    if (std::filesystem::exists(name)) found.emplace_back(name);
  if (which == Compilers::one && found.size() > 1) found.resize(1);
  return found;
}

/// Files below `folder` whose names end so, in order, relative to it.
inline std::vector<std::filesystem::path> below(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) found.push_back(std::filesystem::relative(entry.path(), folder));
  std::sort(found.begin(), found.end());
  return found;
}

/// One text that includes all of `files` compiles without a warning; `before` stands above them.
inline void compile(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& files, Compilers which,
                    const std::string& before = {}) {
  const TempDir work;
  std::string text = before;
  for (const std::filesystem::path& file : files) text += "#include \"" + file.generic_string() + "\"\n";
  const std::filesystem::path unit = work.write("unit.cpp", text);
  for (const std::string& compiler : compilers(which)) {
    const Finished done = run(compiler,
                              {"-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
                               "-Wold-style-cast", "-Werror", "-I", std::string{SHMIDL_SOURCE_TREE} + "/runtime/include", "-I",
                               folder.string(), unit.string()},
                              {}, std::chrono::seconds(120));
    INFO(compiler << " " << text << done.err);
    CHECK(done.code == 0);
  }
}

inline void generate(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  const Ran ran = run_shmidl(arguments, folder);
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
}

/// The sources of every file of tests/idl/`folder`, generated into `out`; those of ERRORS.md declare the same names, so they are not one
/// program.
inline std::vector<std::filesystem::path> generate_all(const std::string& folder, const std::filesystem::path& out) {
  std::vector<std::string> idl = {"gen", "--base", ".", "-o", out.string()};
  for (const char* const ending : {".idl", ".aidl"})
    for (const std::filesystem::path& file : below(data("idl/" + folder), ending)) idl.push_back(file.generic_string());
  generate(idl, data("idl/" + folder));
  std::vector<std::filesystem::path> own;
  for (const std::filesystem::path& file : below(out, ".cpp"))
    if (file.string()[0] != 'E' && file.string()[0] != 'W') own.push_back(file);
  return own;
}

}  // namespace shmidl::test
