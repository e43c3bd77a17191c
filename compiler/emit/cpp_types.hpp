#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace shmidl::emit {

using Json = nlohmann::ordered_json;

// How a type of the model is written in C++. `type` is a type object of the model.

/// What a result, a field and an `out` parameter hold.
[[nodiscard]] std::string value_type(const Json& type);
/// The same seen without a copy: a field of a View, an element of a List.
[[nodiscard]] std::string view_type(const Json& type);
/// An `in` parameter.
[[nodiscard]] std::string in_type(const Json& type);
/// What stands for the type in the stubs: the value type, with its bound where it has one.
[[nodiscard]] std::string codec_type(const Json& type);
/// A declared type's name, with its arguments.
[[nodiscard]] std::string type_name(const Json& type);
/// A constant's own type; an array is as long as its value.
[[nodiscard]] std::string constant_type(const Json& type, const Json& value);
/// A constant's value as a C++ expression of that type.
[[nodiscard]] std::string literal(const Json& type, const Json& value);
/// A string literal with its quotes.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace shmidl::emit
