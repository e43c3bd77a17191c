#pragma once

// Watching whether another process lives (invariant I5), by descriptors that never
// mean another process than the one they were opened for.

#include <cstdint>

#include <sys/types.h>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

namespace shmidl::os {

/// A pidfd of the process at the other end of a connected socket.
///
/// Shape:  the kernel's own record where it has one (SO_PEERPIDFD, Linux 6.5); else the pid is opened
///         by number, and the socket is looked at again afterwards: were the number another
///         process's by then, the peer's end would be closed.
/// Errors: Errc::peer_died when the process is gone; Errc::no_resources; Errc::protocol_error when it
///         is in a namespace whose processes cannot be named here.
Result<Fd> open_peer_pidfd(const Fd& socket);

/// A pidfd by number. The caller makes sure that the number is not another process's by now.
///
/// Errors: as above.
Result<Fd> open_pidfd(pid_t pid);

/// The core that this thread runs on at this moment.
std::uint32_t current_core() noexcept;

/// Whether the process has ended; one that waits for its parent to take note has.
bool has_exited(const Fd& pidfd) noexcept;

}  // namespace shmidl::os
