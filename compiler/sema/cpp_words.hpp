#pragma once

#include <string_view>

namespace shmidl::sema {

/// True for the keywords of C++20 and the alternative spellings of its operators.
[[nodiscard]] bool is_cpp_keyword(std::string_view word);
/// `__like_this` or `_LIKE_THIS`: words and macros of compilers and C libraries have such names. Short ones (`__a`, `_N`) have not.
[[nodiscard]] bool is_compiler_form(std::string_view word);

}  // namespace shmidl::sema
