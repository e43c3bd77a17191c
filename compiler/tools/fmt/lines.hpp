#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/fmt/tokens.hpp"

namespace shmidl::tools::fmt {

inline constexpr std::size_t kIndent = 4;
inline constexpr std::size_t kContinuation = 8;
inline constexpr std::size_t kWidth = 100;

/// A line to be printed: its tokens, then the comments at its end.
struct Line {
  std::size_t indent = 0;
  std::string text;                      ///< empty for comments alone
  std::vector<const Token*> comments;
  bool blank_before = false;
};

/// Joins lines. Comments at the ends of neighbouring lines begin in one column where there is room for it.
[[nodiscard]] std::string join(const std::vector<Line>& lines);

}  // namespace shmidl::tools::fmt
