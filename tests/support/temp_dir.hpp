// A private folder that ends with its owner.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace shmidl::test {

/// A new folder of mode 0700 below $TMPDIR or /tmp; removed with all it holds.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::string string() const { return path_.string(); }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file below the folder, with the folders that lead to it, and gives its path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

/// The whole of a file; throws std::runtime_error that names it where it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace shmidl::test
