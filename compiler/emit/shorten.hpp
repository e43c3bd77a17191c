#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>

namespace shmidl::emit {

/// Writes the types of the file's own namespace without it, in what a user reads: `::demo::Image` becomes `Image`.
///
/// Only where nothing that the file declares in a class, and nothing that a class inherits, could be found under that name first: all
/// declarations are looked at before the first is shortened.
class Shortener {
 public:
  explicit Shortener(const nlohmann::ordered_json& file);

  void look_at(const nlohmann::ordered_json& declaration);
  /// A decorated declaration, or a list of members.
  void apply(nlohmann::ordered_json& json) const { apply(json, {}); }

 private:
  void hide(const std::string& name) { hidden_.insert(name); }
  /// `own`: what a struct's own types begin with, where `json` is part of one.
  void apply(nlohmann::ordered_json& json, const std::string& own) const;
  void shorten(std::string& text, const std::string& own) const;

  std::string prefix_;
  std::unordered_set<std::string> hidden_;   ///< what stands for something else inside of a class of the file
  std::unordered_set<std::string> members_;  ///< those of them that are no types
};

}  // namespace shmidl::emit
