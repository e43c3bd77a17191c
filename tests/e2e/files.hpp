// What the kernel says of descriptors and memfds, of any process.
#pragma once

#include "maps.hpp"
#include "support/soon.hpp"

#include <shmidl/fd.hpp>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <sys/types.h>

namespace e2e {

inline ino_t inode_of(shmidl::FdView file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw std::runtime_error("fstat");
  return status.st_ino;
}

/// Whether a process has a memfd open or mapped; false for one that has gone.
inline bool uses(pid_t pid, ino_t inode) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) == 0 && status.st_ino == inode && std::filesystem::read_symlink(entry.path(), gone).string().starts_with("/memfd:")) return true;
  }
  try {
    return memory_files(pid).contains(std::to_string(inode));
  } catch (const std::runtime_error&) {
    return false;
  }
}

using shmidl::test::soon;

}  // namespace e2e
