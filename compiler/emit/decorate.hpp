#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "emit/forwards.hpp"
#include "emit/shorten.hpp"
#include "emit/struct_tables.hpp"

namespace shmidl::emit {

/// Adds to a file's model everything that a template prints and must not decide: C++ types, parameter lists, conditions.
///
/// All added keys begin with `cpp_`, `is_` or `has_`. See templates/README.md. Declarations come in their order, twice: first `look_at`
/// all of them, for which an outline is enough; then `file` is ready, and each can be decorated.
class Decorator {
 public:
  explicit Decorator(nlohmann::ordered_json head);

  void look_at(const nlohmann::ordered_json& declaration);
  /// The decorated file. Once.
  [[nodiscard]] nlohmann::ordered_json file();
  void decorate(nlohmann::ordered_json& declaration);

 private:
  nlohmann::ordered_json head_;
  Forwards forwards_;
  Shortener shortener_;
  StructTables struct_tables_;
  std::vector<std::string> headers_;  ///< that declare the user's own types
  std::set<std::string> runtime_headers_;
  bool has_text_ = false;
  bool has_views_ = false;
  bool has_clients_ = false;
  bool has_generics_ = false;
  bool has_deprecated_ = false;
};

/// The same for a whole file.
void decorate(nlohmann::ordered_json& file);

}  // namespace shmidl::emit
