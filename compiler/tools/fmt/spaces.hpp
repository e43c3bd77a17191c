#pragma once

#include <span>
#include <vector>

#include "tools/fmt/tokens.hpp"

namespace shmidl::tools::fmt {

inline constexpr int kNoBreak = -1;

/// What stands before a token.
struct Gap {
  bool space = false;
  int break_depth = kNoBreak;  ///< a line may end here; where several may, the least depth goes first
};

/// The gaps of one member, one per token; comments among them.
[[nodiscard]] std::vector<Gap> gaps_of(std::span<const Token> tokens);

}  // namespace shmidl::tools::fmt
