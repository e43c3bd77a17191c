#pragma once

#include <map>
#include <string>
#include <string_view>

#include "emit/templates.hpp"

namespace shmidl::emit {

/// A template with its partials put in place, each with the indentation of its tag, and without the lines of tags that stand alone. A
/// partial that contains itself stays a partial: a variable named `partial:` and its name.
struct Expanded {
  std::string text;
  std::map<std::string, std::string> recursive;  ///< the partials that stay, by name
  std::string error;
};
[[nodiscard]] Expanded expand(const Templates& templates, const std::string& name);

inline constexpr std::string_view kPartial = "partial:";  ///< with the partial's name

}  // namespace shmidl::emit
