#pragma once

#include <string>
#include <string_view>

#include "syntax/ast.hpp"
#include "syntax/state.hpp"

// Matching of single tokens on plain characters: each function returns the end of what it recognised at `at`, or null.
namespace shmidl::syntax {

[[nodiscard]] const char* match_word(const char* at, const char* end);
/// A whole word, or a mark that is not the start of a longer one (`=` is not found in `==`).
[[nodiscard]] const char* match_mark(std::string_view mark, const char* at, const char* end);
[[nodiscard]] const char* match_c_type(const char* at, const char* end, std::string& normalised);
[[nodiscard]] const char* match_literal(const char* at, const char* end, ast::Expr& expr);
[[nodiscard]] std::string_view match_prefix(const char* at, const char* end);
[[nodiscard]] std::string_view match_infix(const char* at, const char* end);
[[nodiscard]] bool is_reserved(ast::Dialect dialect, std::string_view word);

}  // namespace shmidl::syntax
