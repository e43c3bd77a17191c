// The process's one hidden thread: it looks after sockets and pidfds, so that no call has to.
//
// It makes no call of the user's but ServerOptions::allow. It starts with the first connection or server and lives as long as the process;
// a forked child has none of its parent's and starts its own when it needs one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/clock.hpp"
#include "os/poller.hpp"

namespace shmidl::rpc {

/// Something with descriptors to look after.
class Watched {
 public:
  virtual ~Watched() = default;

  /// A descriptor that was watched under `tag` is readable, or its other end is gone. Threads: the watcher's.
  virtual void on_ready(std::uint64_t tag) noexcept = 0;

  /// Called at the time asked for; returns when to be called again, if ever. Threads: the watcher's.
  virtual std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept = 0;
};

/// Registrations with the process's watcher. Threads: any.
class Watcher {
 public:
  /// Watches `fd`, which must stay open until ignore(). `registration` is set before the first callback. Errors: no_resources.
  static Result<void> watch(const Fd& fd, std::weak_ptr<Watched> who, std::uint64_t tag, std::uint64_t& registration,
                            os::Await what = os::Await::messages);

  /// Ends a registration and sets it to 0; nothing where it is 0. A callback that runs on the watcher's thread meanwhile keeps the object alive until it returns.
  static void ignore(const Fd& fd, std::uint64_t& registration) noexcept;

  /// True on the watcher's own thread, where callbacks run.
  [[nodiscard]] static bool is_this_thread() noexcept;

  /// Has `who`'s on_tick called at `at`. Errors: no_resources.
  static Result<void> tick(std::weak_ptr<Watched> who, os::TimePoint at) noexcept;
};

}  // namespace shmidl::rpc
