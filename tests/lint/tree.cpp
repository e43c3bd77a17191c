#include "tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

namespace shmidl::lint {

namespace fs = std::filesystem;

std::vector<Include> File::includes() const {
  static const std::regex form(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, form)) {
      found.push_back({i + 1, match[1] == "\"", match[2]});
    }
  }
  return found;
}

std::vector<File> files_below(const std::vector<std::string>& folders, const std::vector<std::string>& endings) {
  const fs::path top = SHMIDL_SOURCE_DIR;
  std::vector<File> files;
  const auto read = [&](const fs::path& from) {
    File file{fs::relative(from, top).generic_string(), {}};
    std::ifstream in(from);
    for (std::string line; std::getline(in, line);) {
      file.lines.push_back(line);
    }
    files.push_back(std::move(file));
  };
  for (const std::string& folder : folders) {
    if (fs::is_regular_file(top / folder)) {
      read(top / folder);
    } else if (fs::is_directory(top / folder)) {
      for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
        const std::string path = entry.path().generic_string();
        const bool wanted = std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) { return path.ends_with(ending); });
        if (entry.is_regular_file() && wanted) {
          read(entry.path());
        }
      }
    }
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

}  // namespace shmidl::lint
