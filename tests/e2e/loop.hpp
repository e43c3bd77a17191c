// What tests of event loops look at.
#pragma once

#include <chrono>
#include <cstddef>

#include <poll.h>

namespace e2e {

/// Waits until a descriptor is readable; false when `patience` is over.
inline bool readable(int fd, std::chrono::milliseconds patience = std::chrono::milliseconds(0)) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(patience.count())) == 1;
}

/// Longer than any answer takes.
inline constexpr std::chrono::milliseconds kPatience{20'000};

/// Dispatches until there has been nothing for a while; how many turns that took. One that found nothing may follow a ring that crossed the look.
template <class D>
std::size_t settle(D&& dispatcher, int fd) {
  std::size_t turns = 0;
  while (turns < 1000 && readable(fd, std::chrono::milliseconds(50))) {
    static_cast<void>(dispatcher.dispatch_ready());
    ++turns;
  }
  return turns;
}

}  // namespace e2e
