#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tools/fmt/lines.hpp"

namespace shmidl::tools::fmt {

/// One member, or what stands before the `{` or after the `}` of one.
struct Head {
  std::span<const Token> tokens;
  bool declaration = false;  ///< all annotations before it go on lines of their own, not only those that are no part of a type
};

/// Puts blanks between tokens, and breaks what is too wide for a line.
void lay_out(const Head& head, std::size_t indent, std::vector<Line>& lines);

}  // namespace shmidl::tools::fmt
