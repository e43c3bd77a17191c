// An installed shmidl, and projects built against it.
#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace shmidl::test {

/// `cmake --install` of this build into one folder, which was then moved to another with a space in its name; made once per program.
const std::filesystem::path& prefix();

/// Runs a program that must end well; throws what it printed otherwise. Gives its standard output.
std::string must(const std::filesystem::path& program, const std::vector<std::string>& args, const SpawnOptions& options = {});

/// A project's build folder.
class Project {
 public:
  /// Configures `source` with `generator` against prefix().
  Project(const std::filesystem::path& source, const std::string& generator, const std::vector<std::string>& settings = {});

  /// Builds; gives what the build printed.
  std::string build() const;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return dir_ / "build dir" / name; }

 private:
  TempDir dir_;
};

/// Configures and gives what CMake said; it must have failed.
std::string configure_error(const std::filesystem::path& source, const std::vector<std::string>& settings);

/// Runs `server NAME` and `client NAME` in a private service directory; gives what the client printed.
std::string run_pair(const std::filesystem::path& server, const std::filesystem::path& client, const std::string& name);

}  // namespace shmidl::test
