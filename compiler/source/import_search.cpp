#include "source/import_search.hpp"

#include <algorithm>
#include <system_error>

namespace shmidl::source {
namespace fs = std::filesystem;

Found search(const std::vector<fs::path>& directories, const fs::path& relative) {
  Found found;
  std::vector<fs::path> canonical;
  for (const fs::path& directory : directories) {
    if (std::find(found.directories.begin(), found.directories.end(), directory) != found.directories.end()) continue;
    found.directories.push_back(directory);
    std::error_code error;
    const fs::path candidate = (directory / relative).lexically_normal();
    if (!fs::exists(candidate, error) || fs::is_directory(candidate, error)) continue;
    const fs::path real = fs::weakly_canonical(candidate, error);
    if (std::find(canonical.begin(), canonical.end(), real) != canonical.end()) continue;
    canonical.push_back(real);
    found.files.push_back(candidate);
    found.roots.push_back(directory);
  }
  return found;
}

fs::path below(const fs::path& path, const fs::path& base) {
  std::error_code error;
  const fs::path relative = fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(base.empty() ? "." : base, error));
  if (relative.empty() || *relative.begin() == "..") return {};
  return relative;
}

}  // namespace shmidl::source
