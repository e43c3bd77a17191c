#include "os/clock.hpp"

#include <algorithm>
#include <limits>

namespace shmidl::os {

using std::chrono::nanoseconds;

KernelTime to_kernel_time(TimePoint at) noexcept {
  // The kernel refuses a negative time; the clock's beginning is as far in the past as is needed.
  const std::int64_t count = std::max<std::int64_t>(0, std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count());
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  return {count / kPerSecond, count % kPerSecond};
}

timespec to_timespec(TimePoint at) noexcept {
  const KernelTime time = to_kernel_time(at);
  constexpr std::int64_t kLast = std::numeric_limits<decltype(timespec::tv_sec)>::max();
  timespec result{};
  result.tv_sec = static_cast<decltype(result.tv_sec)>(std::min(time.seconds, kLast));
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>(time.nanoseconds);
  return result;
}

Deadline Deadline::in(nanoseconds timeout) noexcept {
  const TimePoint now = Clock::now();
  if (timeout <= nanoseconds::zero()) return {now};
  if (timeout >= TimePoint::max() - now) return never();
  return {now + timeout};
}

nanoseconds Deadline::left() const noexcept {
  if (is_never()) return nanoseconds::max();
  return std::max<nanoseconds>(nanoseconds::zero(), at - Clock::now());
}

int Deadline::left_milliseconds() const noexcept {
  if (is_never()) return -1;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left()).count();
  return static_cast<int>(std::min<std::int64_t>(milliseconds, std::numeric_limits<int>::max()));
}

}  // namespace shmidl::os
