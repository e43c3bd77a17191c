#include "rpc/spin.hpp"

#include <array>

#include <sys/prctl.h>

#include "os/futex.hpp"

namespace shmidl::rpc {

namespace {

using namespace std::chrono_literals;

std::atomic<std::uint32_t> budget_ns{50'000};

}  // namespace

std::chrono::nanoseconds spin_budget() noexcept { return std::chrono::nanoseconds(budget_ns.load(std::memory_order_relaxed)); }

std::chrono::nanoseconds measure_sleeps() noexcept {
  // How late a nap ends is what waking a core costs: 25 µs where a futex exchange, two of them, takes 48.
  constexpr std::chrono::nanoseconds kNap = 20us;
  const int slack = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  std::array<std::chrono::nanoseconds, 9> late;
  for (auto& each : late) {
    const std::uint32_t never_changes = 0;
    const os::TimePoint until = os::Clock::now() + kNap;
    os::wait_private(&never_changes, 0, os::Deadline{until});
    each = os::Clock::now() - until;
  }
  if (slack > 0) ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack), 0, 0, 0);
  std::nth_element(late.begin(), late.begin() + late.size() / 2, late.end());
  const std::chrono::nanoseconds usual = late[late.size() / 2];
  const auto budget = std::clamp<std::chrono::nanoseconds>(2 * usual, kLeastBudget, kMostBudget);
  budget_ns.store(static_cast<std::uint32_t>(budget.count()), std::memory_order_relaxed);
  return usual;
}

}  // namespace shmidl::rpc
