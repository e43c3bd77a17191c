#pragma once

// Waiting for many descriptors at once, and a wake from another thread of this process.

#include <cstddef>
#include <cstdint>
#include <span>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/clock.hpp"

namespace shmidl::os {

/// One descriptor that is ready.
struct Ready {
  std::uint64_t tag;  ///< as given to add()
  bool readable;      ///< there is something to read, or the end
  bool hung_up;       ///< the other end is closed
};

/// What of a descriptor is waited for.
enum class Await : std::uint8_t {
  messages,  ///< something to read, or the end
  end,       ///< the end alone: somebody else reads
};

/// A set of descriptors to wait for, level-triggered.
///
/// Threads: add(), remove() and wait() from any; the descriptor of fd() may stand in another event loop.
class Poller {
 public:
  static Result<Poller> open();

  /// Errors: Errc::no_resources; Errc::bad_address for a descriptor that cannot be waited for.
  Result<void> add(const Fd& fd, std::uint64_t tag, Await what = Await::messages);

  /// Called before the descriptor is closed. One that is not in the set is left alone.
  void remove(const Fd& fd) noexcept;

  /// Waits for at least one, and writes as many as fit. 0 when the deadline came first.
  Result<std::size_t> wait(std::span<Ready> ready, Deadline deadline);

  const Fd& fd() const noexcept { return epoll_; }

 private:
  explicit Poller(Fd epoll) noexcept : epoll_{static_cast<Fd&&>(epoll)} {}
  Fd epoll_;
};

/// Makes a descriptor readable from another thread. Within one process only: an eventfd shares its
/// flags and its counter with every process that has it.
class Waker {
 public:
  static Result<Waker> open();

  /// Makes fd() readable until the next reset(). Async-signal-safe.
  void wake() const noexcept;

  /// True when there was a wake since the last reset.
  bool reset() const noexcept;

  const Fd& fd() const noexcept { return event_; }

 private:
  explicit Waker(Fd event) noexcept : event_{static_cast<Fd&&>(event)} {}
  Fd event_;
};

}  // namespace shmidl::os
