#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace shmidl::emit {

/// Finds what the types of a file name before its place. Declarations are looked at in their order, all of them before the first is marked.
class Forwards {
 public:
  void look_at(const nlohmann::ordered_json& declaration);
  /// Adds `is_incomplete` to each field that holds elements of a type which C++ has not seen whole at that point, and `cpp_inner_forwards`
  /// to each declaration: what its nested types name before its place. In the same order.
  void mark(nlohmann::ordered_json& declaration);
  /// The declarations to put in front.
  [[nodiscard]] nlohmann::ordered_json in_front() const;

 private:
  using Json = nlohmann::ordered_json;
  struct Place {
    std::size_t at = 0;
    const char* keyword = nullptr;
    std::string cpp_name;
  };

  void look_inside(const Json& declaration);
  void mark_inside(Json& declaration) const;
  static void mark_neighbours(Json& declaration);
  /// Collects those of `later` that the declaration names.
  static void find_early(Json& declaration, const std::unordered_set<std::string>& later, std::unordered_set<std::string>& early);
  void named(const Json& type);
  [[nodiscard]] bool is_later(const Json& type) const;

  std::unordered_map<std::string, Place> places_;  ///< of the declarations at the top, by their C++ names
  std::vector<const std::string*> order_;          ///< their names
  std::unordered_set<std::string> early_;          ///< named before they were seen
  std::size_t here_ = 0;
};

}  // namespace shmidl::emit
