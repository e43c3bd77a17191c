// How long to look before sleeping.
#pragma once

#include <algorithm>
#include <chrono>

#include <sched.h>

#include <shmidl/options.hpp>

#include "os/clock.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

/// About what a sleep and a wake-up cost: 42 µs were measured on a virtual machine with two cores, 5 µs on bare metal. Spinning less than a
/// sleep costs is a trap: a peer that was asleep answers late, so this side falls asleep too, and both stay so.
inline constexpr std::chrono::microseconds kSpinBudget{50};

/// The longest that a poller keeps a core without offering it. Chosen, not measured: an idle poller makes 500 system calls a second.
inline constexpr std::chrono::microseconds kLongestTurn{2000};

/// One wait's looks at a word.
class Spinner {
 public:
  explicit Spinner(Wait wait) noexcept : wait_(wait) {}

  /// Pauses; false when it is time to sleep. The clock is read once in 64 looks.
  bool again() noexcept {
    if (wait_ == Wait::block) return false;
    shm::pause();
    if ((++looks_ & 63u) != 0) return true;
    now_ = os::Clock::now();
    if (looks_ == 64) start_ = now_;
    if (wait_ == Wait::adaptive) return now_ - start_ < kSpinBudget;
    // A poller that has not been answered for long may be keeping the peer from the core they share; the longer it idles, the less often it asks.
    if (now_ - start_ > turn_) {
      sched_yield();
      start_ = now_;
      turn_ = std::min(2 * turn_, kLongestTurn);
    }
    return true;
  }

  /// True in the looks in which the clock was read: the time to look at deadlines.
  [[nodiscard]] bool clock_read() const noexcept { return (looks_ & 63u) == 0; }
  [[nodiscard]] os::TimePoint now() const noexcept { return now_; }
  void restart() noexcept {
    looks_ = 0;
    turn_ = kSpinBudget;
  }

 private:
  const Wait wait_;
  unsigned looks_ = 0;
  std::chrono::microseconds turn_ = kSpinBudget;
  os::TimePoint start_;
  os::TimePoint now_;
};

}  // namespace shmidl::rpc
