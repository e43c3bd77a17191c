#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace shmidl::source {

/// Where an import was looked for, and what was there.
struct Found {
  std::vector<std::filesystem::path> files;        ///< different files, in search order
  std::vector<std::filesystem::path> roots;        ///< beside `files`: the directory each was found under
  std::vector<std::filesystem::path> directories;  ///< every directory that was searched
};

/// Looks for `relative` under each directory, in order. The same file reached twice counts once.
[[nodiscard]] Found search(const std::vector<std::filesystem::path>& directories, const std::filesystem::path& relative);

/// `path` seen from `base` when it lies below it, else empty. Neither needs to exist.
[[nodiscard]] std::filesystem::path below(const std::filesystem::path& path, const std::filesystem::path& base);

}  // namespace shmidl::source
