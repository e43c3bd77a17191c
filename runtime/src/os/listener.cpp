#include "os/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/failure.hpp"
#include "os/fork.hpp"
#include "os/socket_path.hpp"

namespace shmidl::os {

Result<Listener> Listener::open(const ServiceDir& dir, std::string_view name, mode_t mode) {
  Result<LockFile> lock = LockFile::take(dir, name);
  if (!lock) return lock.error();
  Result<Fd> own_dir = dir.fd().dup();
  if (!own_dir) return own_dir.error();
  std::string file = std::string{name} + ".sock";
  std::string path = dir.path_of(file);
  Listener listener{*std::move(lock), *std::move(own_dir), std::move(file), std::move(path)};
  if (Result<void> listening = listener.bind_and_listen(mode); !listening) return listening.error();
  return listener;
}

Listener::Listener(LockFile lock, Fd dir, std::string file, std::string path)
    : lock_{std::move(lock)}, dir_{std::move(dir)}, file_{std::move(file)}, path_{std::move(path)}, process_mark_{process_mark()} {}

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this == &other) return *this;
  close();
  lock_ = std::move(other.lock_);
  dir_ = std::move(other.dir_);
  socket_ = std::move(other.socket_);
  file_ = std::move(other.file_);
  path_ = std::move(other.path_);
  device_ = other.device_;
  inode_ = other.inode_;
  process_mark_ = other.process_mark_;
  return *this;
}

Result<void> Listener::bind_and_listen(mode_t mode) {
  const std::string file = file_ + ".new";
  const std::string path = path_ + ".new";
  // Left by a server that died between bind and rename; whoever holds the lock may remove it.
  if (::unlinkat(dir_.get(), file.c_str(), 0) != 0 && errno != ENOENT) return failure(errno, "remove the leftover " + path);

  Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return failure(errno, "create the socket " + path_);
  const SocketPath bound = SocketPath::in(dir_, file);
  if (::bind(socket.get(), bound.address(), bound.bytes()) != 0)
    return failure(errno, "create the socket " + path, errno == ENOENT ? kNeedsProc : std::string_view{});

  // Nobody can connect before listen(), so nobody does while the mode is still the umask's.
  struct stat status {};
  const bool ready = ::fchmodat(dir_.get(), file.c_str(), mode, 0) == 0 && ::listen(socket.get(), SOMAXCONN) == 0 &&
                     ::fstatat(dir_.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                     ::renameat(dir_.get(), file.c_str(), dir_.get(), file_.c_str()) == 0;
  if (!ready) {
    const int error = errno;
    ::unlinkat(dir_.get(), file.c_str(), 0);
    return failure(error, "listen on " + path_);
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  socket_ = std::move(socket);
  return {};
}

Result<Fd> Listener::accept() const {
  for (;;) {
    Fd client{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (client) return client;
    // A client that left before it was taken is not an answer; the next one may be.
    if (errno != EINTR && errno != ECONNABORTED) return failure(errno, "accept a client on " + path_);
  }
}

void Listener::close() noexcept {
  if (socket_ && process_mark_ == process_mark()) {
    struct stat status {};
    const bool ours =
        ::fstatat(dir_.get(), file_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_dev == device_ && status.st_ino == inode_;
    if (ours) ::unlinkat(dir_.get(), file_.c_str(), 0);
  }
  socket_.reset();
  dir_.reset();
  lock_.release();  // last: from here on the next server of the name may start
}

}  // namespace shmidl::os
