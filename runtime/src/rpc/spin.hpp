// How long to look before sleeping.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include <sched.h>

#include <shmidl/options.hpp>

#include "os/clock.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

/// About what it costs that both sides sleep and wake each other once, on this machine: 50 µs were measured on a virtual machine with two cores, 5 to
/// 10 µs on bare metal. Spinning for less is a trap: a peer that was asleep answers late, so this side falls asleep too, and both stay so.
/// Measured by measure_sleeps(), before which it is 50 µs.
std::chrono::nanoseconds spin_budget() noexcept;

/// Takes a few naps, 0.5 ms in all, and tells how late it wakes up; the budget is twice that. Threads: the watcher's, when it starts.
std::chrono::nanoseconds measure_sleeps() noexcept;

/// What a machine may claim: less is a clock that does not tell, more is a machine that is busy. Chosen, not measured.
inline constexpr std::chrono::microseconds kLeastBudget{8};
inline constexpr std::chrono::microseconds kMostBudget{100};

/// The longest that a poller keeps a core without offering it. Chosen, not measured: an idle poller makes 500 system calls a second.
inline constexpr std::chrono::microseconds kLongestTurn{2000};

/// What the waits so far told about spinning; a hint, which several threads may write.
class SpinHistory {
 public:
  /// How long to spin now: the whole budget, until several sleeps in a row were so long that spinning was wasted; then less and less.
  [[nodiscard]] std::chrono::nanoseconds budget() const noexcept {
    const std::uint32_t wasted = wasted_.load(std::memory_order_relaxed);
    return spin_budget() / (1 << (wasted <= kTolerated ? 0 : wasted - kTolerated));
  }
  /// A wait ended, spinning or after a sleep. One that would have ended had it spun a little longer brings the whole budget back.
  void note(std::chrono::nanoseconds waited) noexcept {
    const std::uint32_t wasted = wasted_.load(std::memory_order_relaxed);
    const std::uint32_t now = waited <= 2 * spin_budget() ? 0 : std::min(wasted + 1, kTolerated + kHalvings);
    if (now != wasted) wasted_.store(now, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t kTolerated = 2;  // chosen, not measured
  static constexpr std::uint32_t kHalvings = 4;   // down to a sixteenth of the budget: 3 µs
  std::atomic<std::uint32_t> wasted_{0};
};

/// One wait's looks at a word.
class Spinner {
 public:
  Spinner(Wait wait, SpinHistory& history) noexcept : wait_(wait), history_(history) {}

  /// Pauses; false when it is time to sleep. The clock is read once in 64 looks. `looks`: so many were made since the last time; a divisor of 64.
  bool again(unsigned looks = 1) noexcept {
    if (wait_ == Wait::block) return false;
    shm::pause();
    if (((looks_ += looks) & 63u) != 0) return true;
    now_ = os::Clock::now();
    if (looks_ == 64) {
      start_ = now_;
      budget_ = wait_ == Wait::poll ? spin_budget() : history_.budget();
    }
    if (wait_ == Wait::adaptive) return now_ - start_ < budget_;
    // A poller that has not been answered for long may be keeping the peer from the core they share; the longer it idles, the less often it asks.
    if (now_ - start_ > budget_) {
      sched_yield();
      start_ = now_;
      budget_ = std::min<std::chrono::nanoseconds>(2 * budget_, kLongestTurn);
    }
    return true;
  }

  [[nodiscard]] unsigned looks() const noexcept { return looks_; }
  /// True in the looks in which the clock was read: the time to look at deadlines.
  [[nodiscard]] bool clock_read() const noexcept { return (looks_ & 63u) == 0; }
  [[nodiscard]] os::TimePoint now() const noexcept { return now_; }

  /// A sleep that came after the looks is over; the next look is the first of another wait.
  void slept() noexcept {
    // Without a look before it (the peer shares the core, or Wait::block) the sleep says nothing about spinning.
    if (looks_ >= 64 && wait_ == Wait::adaptive) history_.note(os::Clock::now() - start_);
    looks_ = 0;
  }
  /// What was waited for came while looking.
  void found() noexcept {
    if (looks_ >= 64 && wait_ == Wait::adaptive) history_.note({});
    looks_ = 0;
  }

 private:
  const Wait wait_;
  SpinHistory& history_;
  unsigned looks_ = 0;
  std::chrono::nanoseconds budget_{};
  os::TimePoint start_;
  os::TimePoint now_;
};

}  // namespace shmidl::rpc
