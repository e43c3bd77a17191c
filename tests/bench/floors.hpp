// What the machine gives without any library: the figures that calls are compared with.
#pragma once

#include "cores.hpp"
#include "samples.hpp"

namespace shmidl::bench {

// Each makes a child process on the server's core, pins the caller to the client's, measures, and ends the child.

/// One 4-byte word each way, each on its own cache line, both sides spinning with `pause`.
Samples line_exchange(const Cores& cores, const Plan& plan);

/// One word each way; each side sleeps in FUTEX_WAIT until the other has written and called FUTEX_WAKE.
Samples futex_exchange(const Cores& cores, const Plan& plan);

/// 64 bytes each way over a connected pair of SOCK_SEQPACKET Unix sockets, both sides blocking.
Samples socket_exchange(const Cores& cores, const Plan& plan);

}  // namespace shmidl::bench
