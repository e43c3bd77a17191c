// What the fuzz targets share: one text through the compiler, and a check that ends the run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "diag/sink.hpp"
#include "model/model.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"
#include "syntax/ast.hpp"

/// What libFuzzer calls, and plain_main.cpp where there is no libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace shmidl::fuzz {

/// Ends the run as a failure unless `holds`.
void require(bool holds, const char* what);

struct Compiled {
  source::Files files;
  diag::Sink sink;
  sema::Program program;

  [[nodiscard]] bool accepted() const { return sink.errors() == 0; }
  /// The decorated model of the named file.
  [[nodiscard]] model::Json model() const;
};

/// Reads and checks one text, put on disk under the name that its package and its first declaration ask for.
[[nodiscard]] std::unique_ptr<Compiled> compile(std::string_view text, ast::Dialect dialect);

/// Whether the text parses; `file` then holds the tree.
[[nodiscard]] bool parses(std::string_view text, ast::Dialect dialect, ast::File& file);

}  // namespace shmidl::fuzz
