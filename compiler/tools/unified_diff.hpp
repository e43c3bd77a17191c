#pragma once

#include <string>
#include <string_view>

namespace shmidl::tools {

/// What `diff -u` prints of two texts, three lines of context around each change; empty when they are equal.
[[nodiscard]] std::string unified_diff(std::string_view old_text, std::string_view new_text, const std::string& old_name, const std::string& new_name);

}  // namespace shmidl::tools
