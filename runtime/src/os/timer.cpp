#include "os/timer.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "os/failure.hpp"

namespace shmidl::os {

Result<Timer> Timer::open() {
  Fd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  if (!timer) return failure(errno, "create a timer");
  return Timer{std::move(timer)};
}

void Timer::set(Deadline at) noexcept {
  itimerspec when{};
  // All zero would mean never: what has passed is a nanosecond after the clock's beginning.
  if (!at.is_never()) when.it_value = to_timespec(std::max(at.at, TimePoint{std::chrono::nanoseconds(1)}));
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);  // fails for times that do not exist alone
}

}  // namespace shmidl::os
