#pragma once

#include <string_view>

namespace shmidl::sema {

/// True for the keywords of C++20 and the alternative spellings of its operators.
[[nodiscard]] bool is_cpp_keyword(std::string_view word);

}  // namespace shmidl::sema
