#pragma once

#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "source/files.hpp"

namespace shmidl::diag {

/// What a person reads: place, code, message, the source line, a caret, notes and help.
[[nodiscard]] std::string render_text(const std::vector<Diagnostic>& diagnostics, const source::Files& files);

/// What a program reads: an array of objects, one per diagnostic.
[[nodiscard]] std::string render_json(const std::vector<Diagnostic>& diagnostics, const source::Files& files);

}  // namespace shmidl::diag
