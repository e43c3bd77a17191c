#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "sema/program.hpp"
#include "source/import_search.hpp"

namespace shmidl::sema {

struct LoadOptions {
  std::vector<std::filesystem::path> import_directories;
  std::filesystem::path base;  ///< empty: each file's folder, or its package root
};

/// `a/b/C` of `a.b.C`: where a type is looked for.
[[nodiscard]] std::string slashes(std::string dotted);

/// The file that an import means.
struct Hit {
  std::filesystem::path file;
  std::filesystem::path root;  ///< the directory that it was found under
  std::string dotted;          ///< AIDL: the name that the file has to declare; shorter than what was asked for where that is nested
};

/// Looks for imports, and tells which are not there and which are there twice.
class ImportFinder {
 public:
  ImportFinder(const LoadOptions& options, diag::Sink& sink) : options_(options), sink_(sink) {}

  /// `import "path";`
  std::optional<Hit> idl(const Unit& unit, const ast::Import& import);
  /// `import a.b.X;`
  std::optional<Hit> aidl(const Unit& unit, const ast::Import& import);
  /// A type that is named without an import: it need not be there.
  std::optional<Hit> named(const Unit& unit, const std::string& dotted, Span span);

 private:
  std::vector<std::filesystem::path> roots(const Unit& unit) const;
  std::optional<Hit> first(const source::Found& found, const std::string& dotted, Span span);
  void report_missing(const ast::Import& import, std::string message, const std::string& near);

  const LoadOptions& options_;
  diag::Sink& sink_;
};

}  // namespace shmidl::sema
