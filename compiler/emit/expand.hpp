#pragma once

#include <map>
#include <string>

#include "emit/templates.hpp"

namespace shmidl::emit {

/// A template as the Mustache engine gets it.
///
/// The engine parses a partial again each time it is used, keeps the lines of section tags, and drops empty lines beside them. So its
/// input is prepared: partials are put in place with their indentation, a tag alone on its line takes the line with it, and each line
/// that is left begins with a mark, kMark, that is removed from the result. A partial that contains itself stays a partial.
struct Expanded {
  std::string text;
  std::map<std::string, std::string> recursive;  ///< partials that the engine still needs, by name
  std::string error;
};
[[nodiscard]] Expanded expand(const Templates& templates, const std::string& name);

inline constexpr char kMark = '\x01';
[[nodiscard]] std::string without_marks(std::string text);

}  // namespace shmidl::emit
