#include "rpc/lead.hpp"

#include <algorithm>
#include <chrono>

#include "os/clock.hpp"
#include "os/futex.hpp"

namespace shmidl::rpc {

namespace {

/// The first and the longest nap. The longest is how long a call may have to wait because another one turned out long. Chosen, not measured: at
/// 4,000 naps a second a thread on stand-by takes about 2 % of a core while the server is busy.
constexpr std::chrono::microseconds kFirstNap{50};
constexpr std::chrono::microseconds kLongestNap{250};
/// Naps after which a thread whose leader sleeps goes to sleep too. Chosen, not measured.
constexpr int kIdleNaps = 4;

}  // namespace

void Lead::pass() noexcept {
  // sync Lead.taken release: hands over what the leader knows; pairs with acquire in try_take(). seq_cst: ordered before the looks below.
  taken_.store(0, std::memory_order_seq_cst);
  if (standing_by_.load(std::memory_order_seq_cst) != 0 || sleepers_.load(std::memory_order_seq_cst) == 0) return;
  wakes_.fetch_add(1, std::memory_order_relaxed);
  os::wake(os::word_of(wakes_), 1, true);
}

// Who stops standing by, or announces that he sleeps, looks at the lead once more afterwards; pass() frees it before it looks at both. One sees the other.
void Lead::wait() noexcept {
  for (;;) {
    if (stand_by()) return;
    const std::uint32_t wakes = wakes_.load(std::memory_order_relaxed);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    const bool taken = try_take();
    if (!taken) os::wait_private(os::word_of(wakes_), wakes, os::Deadline::never());
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    if (taken || try_take()) return;
  }
}

bool Lead::stand_by() noexcept {
  std::uint32_t nobody = 0;
  if (!standing_by_.compare_exchange_strong(nobody, 1, std::memory_order_seq_cst)) return false;
  bool taken = false;
  int idle_naps = 0;
  for (auto nap = kFirstNap; !(taken = try_take()) && idle_naps < kIdleNaps; nap = std::min(2 * nap, kLongestNap)) {
    const std::uint32_t never_changes = 0;
    os::wait_private(&never_changes, 0, os::Deadline::in(nap));
    idle_naps = idle_.load(std::memory_order_relaxed) ? idle_naps + 1 : 0;
  }
  standing_by_.store(0, std::memory_order_seq_cst);
  return taken;
}

}  // namespace shmidl::rpc
