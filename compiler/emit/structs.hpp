#pragma once

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Adds what the templates print of a struct: its fields' types and initialisers, their view's, and where they lie on the wire.
void decorate_struct(nlohmann::ordered_json& json);
/// The same of a union: its members are the alternatives of a variant.
void decorate_union(nlohmann::ordered_json& json);
/// Names what is nested in a union through the base class that holds it: the union itself is not complete where its members are listed.
/// Does so for every union in the declaration.
void move_nested_to_base(nlohmann::ordered_json& json);

/// A type's value written out, for a constant: arrays are std::array.
[[nodiscard]] std::string constant_literal(const nlohmann::ordered_json& type, const nlohmann::ordered_json& value);

}  // namespace shmidl::emit
