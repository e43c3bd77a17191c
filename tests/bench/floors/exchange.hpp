// What the machine gives without any library: exchanges of a few bytes.
#pragma once

#include "support/contender.hpp"

namespace shmidl::bench {

/// One word each way, on its own line.
Result line_floor(const Context& context);
/// A word and 56 bytes each way in one line, written and read.
Result line_with_content(const Context& context);
/// One word each way; each side sleeps in FUTEX_WAIT until the other has written and called FUTEX_WAKE.
Result futex_exchange(const Context& context);
/// 64 bytes each way over a connected pair of SOCK_SEQPACKET Unix sockets, both sides blocking; polling without a sleep in `socket.poll`.
Result socket_exchange(const Context& context);

}  // namespace shmidl::bench
