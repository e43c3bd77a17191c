#pragma once

// The socket on which a server is reached by its name.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/lock_file.hpp"
#include "os/service_dir.hpp"

namespace shmidl::os {

/// Who may connect, as the mode of the socket's file; the server's own check comes after it.
inline constexpr mode_t kOwnerOnly = 0600;
inline constexpr mode_t kEveryone = 0666;

/// A name taken and a socket that listens under it.
///
/// Lifetime: move-only. close() and the destructor remove the socket's file, if it is still this one,
///           then let the name go; the lock file stays. In a forked child they close the child's
///           descriptors and touch neither file nor lock. After a kill -9 the socket's file stays, and a
///           client finds nobody behind it; the next server of the name replaces it.
/// Threads:  accept() from one thread at a time.
class Listener {
 public:
  /// Takes the name, binds `<name>.sock.new`, listens, and renames it to `<name>.sock`: a client
  /// finds the old socket or one that accepts, never one between.
  ///
  /// Errors: Errc::bad_address for the name; Errc::name_in_use, naming the holder's pid;
  ///         Errc::permission_denied; Errc::no_resources.
  static Result<Listener> open(const ServiceDir& dir, std::string_view name, mode_t mode = kOwnerOnly);

  Listener(Listener&& other) noexcept = default;
  Listener& operator=(Listener&& other) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }

  /// The next client, without waiting.
  ///
  /// Errors: Errc::would_block when there is none; Errc::no_resources at the limit of descriptors,
  ///         in which case the client stays in the queue.
  Result<Fd> accept() const;

  /// For a poller: readable when accept() has a client.
  const Fd& socket() const noexcept { return socket_; }

  /// The path of `<name>.sock`, for messages.
  const std::string& path() const noexcept { return path_; }

  void close() noexcept;

 private:
  Listener(LockFile lock, Fd dir, std::string file, std::string path);
  Result<void> bind_and_listen(mode_t mode);

  LockFile lock_;
  Fd dir_;
  Fd socket_;
  std::string file_;
  std::string path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::uint32_t process_mark_ = 0;
};

}  // namespace shmidl::os
