// The project's own files, as the rules of the house look at them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shmidl::lint {

/// One #include line.
struct Include {
  std::size_t line;
  bool quoted;         ///< "file", not <file>
  std::string target;  ///< between the quotes or brackets
};

/// A text file of the project.
struct File {
  std::string path;  ///< below the top folder, with '/'
  std::vector<std::string> lines;

  [[nodiscard]] std::vector<Include> includes() const;
  [[nodiscard]] bool below(std::string_view folder) const { return path.starts_with(folder); }
  [[nodiscard]] bool is_header() const { return path.ends_with(".hpp"); }
  [[nodiscard]] bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }
};

/// Every file below these folders of the project whose name ends in one of `endings`, and the files named themselves; sorted by path.
std::vector<File> files_below(const std::vector<std::string>& folders, const std::vector<std::string>& endings);

}  // namespace shmidl::lint
