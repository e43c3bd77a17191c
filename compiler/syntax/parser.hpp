#pragma once

#include <cstdint>
#include <optional>

#include "diag/sink.hpp"
#include "source/files.hpp"
#include "syntax/ast.hpp"

namespace shmidl::syntax {

/// Reads one file of either dialect; the ending of its name chooses.
///
/// Every fault is reported and stepped over at the next `;` or `}`; what could be read is returned. Nothing is returned for a file that
/// is empty or not UTF-8.
[[nodiscard]] std::optional<ast::File> parse(const source::Files& files, std::uint32_t id, diag::Sink& sink);

}  // namespace shmidl::syntax
