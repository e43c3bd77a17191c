#include "os/process.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "os/failure.hpp"
#include "os/socket.hpp"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace shmidl::os {

namespace {

short poll_now(const Fd& fd, short events) noexcept {
  pollfd entry{fd.get(), events, 0};
  int result;
  do result = ::poll(&entry, 1, 0);
  while (result < 0 && errno == EINTR);
  return result > 0 ? entry.revents : short{0};
}

}  // namespace

Result<Fd> open_peer_pidfd(const Fd& socket) {
  int fd = -1;
  socklen_t bytes = sizeof fd;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERPIDFD, &fd, &bytes) == 0 && fd >= 0) return Fd{fd};
  const int error = errno;
  if (error == ESRCH || error == EMFILE || error == ENFILE) return failure(error, "watch the peer's process");

  const Result<Credentials> peer = peer_credentials(socket);
  if (!peer) return peer.error();
  Result<Fd> pidfd = open_pidfd(peer->pid);
  if (pidfd && (poll_now(socket, POLLRDHUP) & (POLLHUP | POLLRDHUP)) != 0)
    return failure(ESRCH, "watch the peer's process " + std::to_string(peer->pid));
  return pidfd;
}

Result<Fd> open_pidfd(pid_t pid) {
  if (pid <= 0)
    return Error{Errc::protocol_error,
                 "cannot watch the peer's process: it is in a PID namespace that is not visible here; "
                 "share the namespace, or run Linux 6.5 or later"};
  const long fd = ::syscall(SYS_pidfd_open, pid, 0U);
  if (fd < 0) return failure(errno, "watch process " + std::to_string(pid));
  return Fd{static_cast<int>(fd)};
}

std::uint32_t current_core() noexcept {
  const int core = ::sched_getcpu();
  return core < 0 ? 0 : static_cast<std::uint32_t>(core);
}

bool has_exited(const Fd& pidfd) noexcept { return (poll_now(pidfd, POLLIN) & (POLLIN | POLLHUP)) != 0; }

}  // namespace shmidl::os
