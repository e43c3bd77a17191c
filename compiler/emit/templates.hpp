#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shmidl::emit {

/// The template texts, by name without `.mustache`: those compiled into this program, and what a user's folder puts in their place.
class Templates {
 public:
  Templates();

  /// Takes every `*.mustache` file of the folder. Returns why not, or an empty string.
  [[nodiscard]] std::string replace_from(const std::filesystem::path& folder);
  /// Null when there is no template of this name.
  [[nodiscard]] const std::string* find(const std::string& name) const;
  /// Files that were read from a user's folder: outputs depend on them.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  std::map<std::string, std::string> texts_;
  std::vector<std::string> files_;
};

}  // namespace shmidl::emit
