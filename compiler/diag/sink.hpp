#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "diag/catalogue.hpp"
#include "source/span.hpp"

namespace shmidl::diag {

/// A second place that explains the first: "first declared here".
struct Note {
  source::Span span;
  std::string text;
};

/// One fault, told once.
struct Diagnostic {
  Code code{};
  source::Span span;    ///< empty: about the file `path` as a whole
  std::string message;  ///< lower case, no full stop
  std::vector<Note> notes;
  std::string help;  ///< only for a change that the user can make
  std::string path;  ///< only where there is no span
};

/// Where every step of one run reports to. Passed by reference; nobody owns it but the run.
class Sink {
 public:
  void report(Diagnostic diagnostic);

  /// What was reported: first what is about whole files, then by file and place; what was reported twice at one place is told once.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;
  [[nodiscard]] std::size_t errors() const { return errors_; }
  /// Diagnostics past the first thousand, which are counted and not kept: a text without sense would fill the memory.
  [[nodiscard]] std::size_t dropped() const { return dropped_; }
  [[nodiscard]] bool has(Code code) const;

 private:
  std::vector<Diagnostic> diagnostics_;
  std::size_t errors_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace shmidl::diag
