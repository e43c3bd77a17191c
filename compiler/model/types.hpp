#pragma once

#include <string>

#include "model/model.hpp"

namespace shmidl::model {

/// `uint8[]`, `fs.Entry[4]`: the type as messages name it.
[[nodiscard]] std::string name_of(const sema::Type& type);
[[nodiscard]] Json to_json(const sema::Type& type);
[[nodiscard]] Json to_json(const sema::Value& value);
/// 16 hexadecimal digits.
[[nodiscard]] std::string hex(std::uint64_t number);
/// True for what lies in C++ as it lies on the wire.
[[nodiscard]] bool is_flat(const sema::Type& type);

}  // namespace shmidl::model
