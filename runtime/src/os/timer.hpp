#pragma once

// A descriptor that becomes readable at a point in time.

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/clock.hpp"

namespace shmidl::os {

/// Threads: one at a time; fd() may stand in any event loop.
class Timer {
 public:
  static Result<Timer> open();

  /// Makes fd() readable from `at` on, until the next set(); never() for not at all.
  void set(Deadline at) noexcept;

  const Fd& fd() const noexcept { return timer_; }

 private:
  explicit Timer(Fd timer) noexcept : timer_{static_cast<Fd&&>(timer)} {}
  Fd timer_;
};

}  // namespace shmidl::os
