#include <shmidl/fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/failure.hpp"

namespace shmidl {

void Fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd < 0 ? kNone : fd);
  if (old == kNone || old == fd_) return;
  const int error = errno;
  // Not repeated after EINTR: on Linux the descriptor is free by then, and may be another thread's.
  ::close(old);
  errno = error;
}

Result<Fd> Fd::dup() const { return FdView(*this).dup(); }

Result<Fd> FdView::dup() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return os::failure(errno, "duplicate a descriptor");
  return Fd{copy};
}

}  // namespace shmidl
