// What an event loop of the user's waits for: one descriptor, readable while something of this set is ready.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/clock.hpp"
#include "os/poller.hpp"
#include "os/timer.hpp"
#include "rpc/thread_memory.hpp"
#include "rpc/watcher.hpp"

namespace shmidl::rpc {

/// Sockets that the watcher leaves alone, work that was left, and a timer.
///
/// Threads: one at a time dispatches, from begin() to end(); take_ready() and leave_ready() are its; the rest is for any.
class LoopSet {
 public:
  /// Errors: no_resources.
  static Result<std::shared_ptr<LoopSet>> open();

  [[nodiscard]] const Fd& fd() const noexcept { return poller_.fd(); }

  /// As Watcher::watch(): the callbacks come from take_ready().
  Result<void> watch(const Fd& fd, std::weak_ptr<Watched> who, std::uint64_t tag, std::uint64_t& registration);
  /// As Watcher::ignore().
  void ignore(const Fd& fd, std::uint64_t& registration) noexcept;

  /// Makes fd() readable until the next take_ready(), which sees what was done before this call. Nothing on the thread that dispatches: it looks
  /// at everything before it ends.
  void wake() noexcept {
    if (!dispatching_here()) leave_ready();
  }
  /// Makes fd() readable at `at`; the one asked for before counts no more.
  void wake_at(os::Deadline at) noexcept;
  /// The same, unless it is to be readable sooner.
  void wake_by(os::Deadline at) noexcept;

  /// False if somebody dispatches already.
  [[nodiscard]] bool begin() noexcept;
  void end() noexcept;
  [[nodiscard]] bool dispatching_here() const noexcept { return dispatcher_.load(std::memory_order_relaxed) == &thread_memory; }
  /// Makes fd() readable for the next turn.
  void leave_ready() noexcept;
  /// Calls on_ready() of what is ready, without waiting. What comes later makes fd() readable again.
  void take_ready() noexcept;

 private:
  LoopSet(os::Poller poller, os::Waker waker, os::Timer timer) : poller_(std::move(poller)), waker_(std::move(waker)), timer_(std::move(timer)) {}

  struct Entry {
    std::weak_ptr<Watched> who;
    std::uint64_t tag = 0;
  };
  std::shared_ptr<Watched> find(std::uint64_t registration, std::uint64_t& tag) noexcept;

  os::Poller poller_;
  os::Waker waker_;
  os::Timer timer_;
  std::atomic<const void*> dispatcher_{nullptr};  // something of its thread's alone
  std::atomic<bool> woken_{false};                // the waker is readable, or about to be
  std::mutex mutex_;                              // guards what follows; not held during callbacks
  os::Deadline timer_at_;                         // as it is set
  std::uint64_t next_ = 2;                        // 0 and 1 are the set's own
  std::map<std::uint64_t, Entry> entries_;
};

}  // namespace shmidl::rpc
