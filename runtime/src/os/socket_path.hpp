#pragma once

// An AF_UNIX address of a file in an open directory, short whatever the directory's path is.

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include <shmidl/fd.hpp>

namespace shmidl::os {

inline constexpr std::string_view kNeedsProc = "/proc must be mounted: sockets are reached through /proc/self/fd";

/// `/proc/self/fd/<dir>/<file>` as the kernel takes it: at most 108 bytes, of which a name of
/// 64 and its endings leave 20 for the rest.
class SocketPath {
 public:
  /// A file in a directory. Its own length is bounded by valid_name().
  static SocketPath in(const Fd& dir, std::string_view file) { return SocketPath{prefix_of(dir) + "/" + std::string{file}}; }

  /// The very file that is open, whatever lies under its name by now.
  static SocketPath of(const Fd& file) { return SocketPath{prefix_of(file)}; }

  const sockaddr* address() const noexcept { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t bytes() const noexcept { return sizeof address_; }

 private:
  explicit SocketPath(std::string_view path) noexcept {
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
  }
  static std::string prefix_of(const Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

  sockaddr_un address_{};
};

}  // namespace shmidl::os
