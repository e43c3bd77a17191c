#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "emit/templates.hpp"

namespace shmidl::emit {

struct Rendered {
  std::string text;
  std::string error;  ///< empty when it worked
};

/// Fills the template `name` with a decorated model.
[[nodiscard]] Rendered render(const Templates& templates, const std::string& name, const nlohmann::ordered_json& model);

}  // namespace shmidl::emit
