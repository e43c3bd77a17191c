// What a user may say about a connection or a call; every member has a default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sys/types.h>

#include <shmidl/stub/stop.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl {

/// How a thread waits for the other process.
///
/// poll:     spins until the answer is there; the lowest latency, one whole core.
/// adaptive: spins for about what a sleep and a wake-up cost, then sleeps.
/// block:    sleeps at once; no core is burnt, every call pays a sleep and a wake-up.
enum class Wait : std::uint8_t { adaptive, poll, block };

/// How a client calls a server that is a part of its own process.
///
/// direct: a plain call runs on the calling thread where that makes no difference but in speed; everything else goes the way of all calls.
/// copies: every call goes the way of all calls, through shared memory and the server's threads: for tests.
enum class InProcess : std::uint8_t { direct, copies };

/// Options of one call. A timeout that is not set is the client's own (ClientOptions::timeout), else the method's (`@Deadline`).
struct CallOptions {
  /// The longest the call may take, from now; a negative one has passed already, as zero has.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  /// Gives the call up when a stop is requested: it ends with Errc::cancelled at once, and the handler finds its own token requested. A std::stop_token.
  /// An asynchronous call looks at it while somebody waits for its Future.
  stub::StopHolder stop = {};
};

/// What a client does after its server died, left, or began to drain. See README.md, "Reconnecting".
struct Reconnect {
  enum Policy : std::uint8_t {
    never,         ///< the client's calls end with Errc::not_executed from then on; connect again
    on_next_call,  ///< its next call connects anew, by name, and calls that can be repeated are
  };
  Policy policy = never;
  /// Between the first two tries to connect; each further pause is up to twice as long, by chance, up to `max_delay`. Chosen, not measured.
  std::chrono::nanoseconds first_delay = std::chrono::milliseconds(2);
  std::chrono::nanoseconds max_delay = std::chrono::milliseconds(250);
  /// How often one call is sent again, at most: a call that kills each server it reaches ends. Chosen, not measured.
  unsigned max_resends = 16;
};

/// Options of one connection.
struct ClientOptions {
  /// How calls wait for their answers.
  Wait wait = Wait::adaptive;
  /// Every call's deadline unless it brings its own; unset: a call ends with its answer or the server's death.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  /// How long `connect` goes on trying while no server is there; zero: one try. Also how long a call without a deadline does that reconnects.
  std::chrono::nanoseconds connect_timeout = std::chrono::nanoseconds::zero();
  /// Whether the client outlives its server.
  Reconnect reconnect = {};
  /// How calls go to a server that is a part of this process; those of a client that reconnects are copied.
  InProcess in_process = InProcess::direct;
  /// The uid that the server must run as; unset: the caller's own uid or root.
  std::optional<uid_t> expect_uid = std::nullopt;
  /// The most memory that the server may hand to this process over the connection, in bytes.
  std::size_t max_peer_bytes = std::size_t{256} << 20;
  /// The most memory that this process hands to the server over the connection, in bytes.
  std::size_t max_own_bytes = std::size_t{256} << 20;
  /// The most blobs of the server that this process may hold at a time, those that came over this connection; each takes a descriptor.
  std::size_t max_peer_blobs = 256;
  /// Their bytes together.
  std::size_t max_peer_blob_bytes = std::size_t{1} << 30;
};

/// Who calls: the kernel's word, taken when the connection was made.
struct Caller {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

}  // namespace shmidl
