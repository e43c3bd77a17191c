#pragma once

#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "source/files.hpp"

namespace shmidl::diag {

/// What a person reads: place, code, message, the source line, a caret, notes and help; with `colour`, for a terminal.
[[nodiscard]] std::string render_text(const std::vector<Diagnostic>& diagnostics, const source::Files& files, bool colour = false);

/// What a program reads: an array of objects, one per diagnostic.
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics, const source::Files& files);

/// A SARIF 2.1.0 log with one run, for code hosts and editors.
[[nodiscard]] std::string render_sarif(const std::vector<Diagnostic>& diagnostics, const source::Files& files);

/// GitHub's workflow commands, one line per diagnostic.
[[nodiscard]] std::string render_github(const std::vector<Diagnostic>& diagnostics, const source::Files& files);

}  // namespace shmidl::diag
