#pragma once

#include <cstddef>
#include <utility>

#include "model/model.hpp"

namespace shmidl::model {

/// A JSON object in the making: each key is new, and the room for all of them is there from the start.
///
/// nlohmann's ordered kind looks through the keys at each `[]`, and copies all that it holds, deeply, when it has to grow.
class Object {
 public:
  explicit Object(std::size_t room) : json_(Json::object()) { members().reserve(room); }

  template <class T>
  Object& add(const char* key, T&& value) {
    members().emplace_back(key, std::forward<T>(value));
    return *this;
  }
  [[nodiscard]] Json take() { return std::move(json_); }

 private:
  Json::object_t& members() { return json_.get_ref<Json::object_t&>(); }

  Json json_;
};

}  // namespace shmidl::model
