// Where the services of a test meet, and nobody else's.
#pragma once

#include "support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>

namespace e2e {

/// A private service directory, for this process and those it starts.
class Services {
 public:
  Services() { ::setenv("SHMIDL_DIR", dir_.string().c_str(), 1); }
  ~Services() { ::unsetenv("SHMIDL_DIR"); }
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  shmidl::test::TempDir dir_;
};

}  // namespace e2e
