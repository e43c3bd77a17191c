#pragma once

// One server per name: a lock file held for as long as the server serves.
//
// fcntl locks belong to the process: a forked child does not inherit them (flock would be,
// and would refuse the restart), F_GETLK names the holder, and the kernel drops them at any
// death. Their other side: closing *any* descriptor of the file drops the process's lock.
// So a table of the files that this process holds is asked before one is opened.

#include <cstdint>
#include <string_view>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/service_dir.hpp"

namespace shmidl::os {

/// The lock of a server's name.
///
/// Lifetime: move-only; the destructor lets the lock go, and keeps the file. In a forked child it
///           lets nothing go: the lock is the parent's.
/// Threads:  any, one at a time.
class LockFile {
 public:
  /// Takes `<name>.lock` in `dir`, which is created when missing.
  ///
  /// Errors: Errc::name_in_use, naming the pid that holds it; Errc::permission_denied; Errc::no_resources.
  static Result<LockFile> take(const ServiceDir& dir, std::string_view name);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile() { release(); }

  void release() noexcept;

 private:
  LockFile(Fd fd, std::uint64_t device, std::uint64_t inode);

  Fd fd_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::uint32_t process_mark_ = 0;
};

}  // namespace shmidl::os
