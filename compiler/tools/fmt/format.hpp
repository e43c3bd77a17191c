#pragma once

#include <string>
#include <string_view>

#include "syntax/ast.hpp"

namespace shmidl::tools::fmt {

/// The same declarations and comments in the one style of the house. `text` must be one that the parser accepts.
///
/// Errors: std::logic_error when the result would not hold the same tokens and comments; the text is then left as it is.
[[nodiscard]] std::string format(std::string_view text, ast::Dialect dialect);

}  // namespace shmidl::tools::fmt
