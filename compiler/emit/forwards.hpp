#pragma once

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Finds what the types of a file name before its place: adds `cpp_forwards`, the declarations to put in front, to the file, and
/// `is_incomplete` to each field that holds elements of a type which C++ has not seen whole at that point.
void add_forwards(nlohmann::ordered_json& file);

}  // namespace shmidl::emit
