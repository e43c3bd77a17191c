#pragma once

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Adds the parameter lists of the three forms of a method, plain, `try_` and `async_`, and its description for the stubs.
void decorate_method(nlohmann::ordered_json& method);

}  // namespace shmidl::emit
