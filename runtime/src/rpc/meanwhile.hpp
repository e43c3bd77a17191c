// What a thread does that waits for a stream's reader, and serves others meanwhile.
#pragma once

#include <chrono>
#include <cstdint>

#include "os/futex.hpp"
#include "rpc/spin.hpp"

namespace shmidl::rpc {

/// Runs what comes until it is over. `is_over`: the wait is done, or its thread's work; `serve`: takes a job and runs it, false if there is none; `idle`: nothing is
/// to be done for a moment.
template <class IsOver, class Serve, class Idle>
void serve_until(IsOver&& is_over, Spinner& spinner, Serve&& serve, Idle&& idle) {
  while (!is_over()) {
    if (serve()) spinner.found();
    else if (!is_over()) idle();
  }
}

/// An idle moment of a thread for which nobody rings one word: what comes next is a call or credit, which change different ones.
inline void look_or_nap(Spinner& spinner) noexcept {
  constexpr std::chrono::milliseconds kNap{1};  // chosen, not measured
  if (spinner.again()) return;
  const std::uint32_t word = 0;
  os::wait_private(&word, 0, os::Deadline::in(kNap));
  spinner.slept();
}

}  // namespace shmidl::rpc
