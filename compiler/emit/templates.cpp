#include "emit/templates.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

namespace shmidl::emit {

/// Made of templates/cpp/*.mustache by templates/embed.cmake.
std::span<const std::pair<std::string_view, std::string_view>> embedded_templates();

Templates::Templates() {
  for (const auto& [name, text] : embedded_templates()) texts_.emplace(name, text);
}

std::string Templates::replace_from(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".mustache") paths.push_back(entry.path());
  if (error) return error.message();
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return "cannot read `" + path.string() + "`";
    texts_[path.stem().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    files_.push_back(path.string());
  }
  return {};
}

const std::string* Templates::find(const std::string& name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? nullptr : &found->second;
}

}  // namespace shmidl::emit
