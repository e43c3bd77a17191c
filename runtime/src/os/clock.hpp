#pragma once

// Points in time after which a wait ends.
//
// The steady clock is CLOCK_MONOTONIC, which is what futexes and timers of the kernel
// count in, so a deadline goes there unchanged.

#include <chrono>
#include <cstdint>
#include <ctime>

namespace shmidl::os {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// The kernel's timespec with 64-bit fields, on machines of every width.
struct KernelTime {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

KernelTime to_kernel_time(TimePoint at) noexcept;
timespec to_timespec(TimePoint at) noexcept;

/// When a wait ends at the latest.
struct Deadline {
  TimePoint at = TimePoint::max();

  static constexpr Deadline never() noexcept { return {}; }

  /// Now plus `timeout`; never() when the sum is past the clock's end, now for a negative one.
  static Deadline in(std::chrono::nanoseconds timeout) noexcept;

  constexpr bool is_never() const noexcept { return at == TimePoint::max(); }
  bool expired() const noexcept { return !is_never() && Clock::now() >= at; }

  /// What is left, never negative; nanoseconds::max() for never().
  std::chrono::nanoseconds left() const noexcept;

  /// What is left in milliseconds for poll(2): rounded up, -1 for never().
  int left_milliseconds() const noexcept;

  constexpr Deadline sooner(Deadline other) const noexcept { return at < other.at ? *this : other; }
  friend constexpr bool operator==(Deadline, Deadline) noexcept = default;
};

}  // namespace shmidl::os
