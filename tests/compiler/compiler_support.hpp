// The compiler run inside of a test, on files or on texts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "model/model.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "syntax/ast.hpp"

namespace shmidl::test {

struct Ran {
  int exit = 0;
  std::string out;
  std::string err;
};

/// What the program `shmidl` does with these arguments, with `folder` as its current folder.
Ran run_shmidl(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

/// One text, parsed.
struct Parsed {
  source::Files files;
  diag::Sink sink;
  ast::File file;
  std::string errors;
};
void parse_text(Parsed& parsed, const std::string& name, const std::string& text);

/// One text, checked: the model, or the diagnostics.
struct Checked {
  model::Json model;
  std::string errors;    ///< rendered; also warnings
  std::string messages;  ///< the messages alone, one on a line
};
Checked check_text(const std::string& text, const std::string& name = "test.idl");

/// SHMIDL_UPDATE=1 rewrites what is expected instead of comparing it.
bool updating();
std::filesystem::path data(const std::string& below_tests);

}  // namespace shmidl::test
