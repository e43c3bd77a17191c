#pragma once

// Messages and descriptors between two processes, over AF_UNIX SOCK_SEQPACKET.
//
// Sockets made here are close-on-exec and never block; to wait is always an explicit
// call with a deadline.

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/clock.hpp"

namespace shmidl::os {

/// The most descriptors that one message carries. Chosen, not measured; the kernel's bound is 253.
inline constexpr std::size_t kMaxMessageFds = 16;

/// A process as the kernel vouches for it, in this process's namespaces: pid 0 when it is not visible here.
struct Credentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
  friend bool operator==(const Credentials&, const Credentials&) noexcept = default;
};

/// What recv() took from the socket.
struct Message {
  std::size_t bytes = 0;              ///< length of what was written to the caller's span
  std::vector<Fd> fds;                ///< in the order they were sent
  std::optional<Credentials> sender;  ///< when pass_credentials() is on
  Fd sender_pidfd;                    ///< the same process, when the kernel can pass it (Linux 6.5)
  bool lost_fds = false;              ///< some of the descriptors had no room in this process
  bool eof = false;                   ///< the peer closed its end; nothing else is set
};

/// Two connected sockets.
Result<std::pair<Fd, Fd>> make_socket_pair();

/// Sends one message, whole or not at all, without waiting.
///
/// Shape:  with_credentials adds this process's pid, effective uid and gid, for a receiver whose
///         pass_credentials() may come later than the message.
/// Errors: Errc::would_block when the peer's queue is full; Errc::peer_died when it closed its end;
///         Errc::too_large above the socket's limit or kMaxMessageFds; Errc::no_resources.
Result<void> send(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds = {}, bool with_credentials = false);

/// The same, but waits for room until `deadline`.
///
/// Errors: as above, with Errc::timed_out in the place of Errc::would_block.
Result<void> send(const Fd& socket, std::span<const std::byte> bytes, Deadline deadline, std::span<const int> fds = {},
                  bool with_credentials = false);

/// Takes one message without waiting.
///
/// Errors: Errc::would_block when none is there; Errc::protocol_error when it is longer than `into`,
///         or descriptors were lost (all that came are closed), unless `may_lose_fds` and it was for want of room; Errc::no_resources.
Result<Message> recv(const Fd& socket, std::span<std::byte> into, bool may_lose_fds = false);

/// Ends both directions: the peer sees the end after what was sent. Errors are ignored: the socket is being given up.
void shut_down(const Fd& socket) noexcept;

/// Waits until recv() has something: a message, or the end. False when the deadline came first.
/// Works on every descriptor that poll(2) takes.
Result<bool> wait_readable(const Fd& fd, Deadline deadline);

/// Waits until send() has room, or fails for another reason. False when the deadline came first.
Result<bool> wait_writable(const Fd& fd, Deadline deadline);

/// Who connected; on the connecting side, who called listen(), which under socket activation is not the server.
Result<Credentials> peer_credentials(const Fd& socket);

/// Lets each message from now on name its sender; each also brings a pidfd where the kernel can,
/// so this is switched off again once the peer is known.
Result<void> pass_credentials(const Fd& socket, bool on = true);

}  // namespace shmidl::os
