#pragma once

#include <cstddef>
#include <string_view>

namespace shmidl::source {

/// Offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), or npos.
[[nodiscard]] std::size_t first_bad_utf8(std::string_view text);

/// How many code points `text` holds; a byte that is not UTF-8 counts as one.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

}  // namespace shmidl::source
