#pragma once

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Adds to a file's model everything that a template prints and must not decide: C++ types, parameter lists, conditions.
///
/// All added keys begin with `cpp_`, `is_` or `has_`. See templates/README.md.
void decorate(nlohmann::ordered_json& file);

}  // namespace shmidl::emit
