#pragma once

#include <string>

namespace shmidl::emit {

/// Sets rendered C++ in its final shape: no space at a line's end, no two empty lines in a row, none at the edge of a block, and lines
/// past `width` columns broken after a comma. Comments, preprocessor lines and strings are never broken.
[[nodiscard]] std::string tidy(const std::string& text, std::size_t width);

/// Two more spaces before every line that is not empty.
[[nodiscard]] std::string indent(const std::string& text);

}  // namespace shmidl::emit
