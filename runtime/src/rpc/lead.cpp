#include "rpc/lead.hpp"

#include <algorithm>
#include <chrono>

#include "os/barrier.hpp"
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

void Lead::pass(Turn& turn) noexcept {
  std::uint64_t mine = turn.number;
  // sync Lead.leader release: hands over what the leader knows; pairs with acquire in try_take(). seq_cst: ordered before the looks below.
  if (!leader_.compare_exchange_strong(mine, kNobody, std::memory_order_seq_cst)) return;
  if (standing_by_.load(std::memory_order_seq_cst) == 0) wake_one();
}

void Lead::wake_one() noexcept {
  if (sleepers_.load(std::memory_order_seq_cst) == 0) return;
  wakes_.fetch_add(1, std::memory_order_relaxed);
  os::wake(os::word_of(wakes_), 1, true);
}

// Who stops standing by, or announces that he sleeps, looks at the lead once more afterwards; pass() frees it before it looks at both. One sees the other.
void Lead::wait(Turn& turn) noexcept {
  for (;;) {
    if (stand_by(turn)) return wake_one();  // calls are long, or this machine is busy: somebody else stands by
    const std::uint32_t wakes = wakes_.load(std::memory_order_relaxed);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    const bool taken = try_take(turn, kNobody);
    if (!taken) os::wait_private(os::word_of(wakes_), wakes, os::Deadline::never());
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    if (taken || try_take(turn, kNobody)) return;
  }
}

bool Lead::stand_by(Turn& turn) noexcept {
  std::uint32_t nobody = 0;
  if (!standing_by_.compare_exchange_strong(nobody, 1, std::memory_order_seq_cst)) return false;
  bool taken = false;
  int idle_naps = 0;
  std::uint64_t leader = kNobody;
  std::uint32_t beats = 0;
  for (auto nap = kFirstNap; !(taken = try_take(turn, kNobody)) && idle_naps < kIdleNaps; nap = std::min(2 * nap, kLongestNap)) {
    const std::uint32_t never_changes = 0;
    os::wait_private(&never_changes, 0, os::Deadline::in(nap));
    const bool idle = idle_.load(std::memory_order_relaxed);
    idle_naps = idle ? idle_naps + 1 : 0;
    const std::uint64_t leader_now = leader_.load(std::memory_order_relaxed);
    const std::uint32_t beats_now = turn_of(leader_now).beats.load(std::memory_order_relaxed);
    // The same leader, and not one look in a whole nap.
    const bool stopped = !idle && leader_now != kNobody && leader_now == leader && beats_now == beats;
    if (stopped && (taken = depose(turn, leader))) break;
    leader = leader_now;
    beats = beats_now;
  }
  standing_by_.store(0, std::memory_order_seq_cst);
  return taken;
}

bool Lead::depose(Turn& turn, std::uint64_t leader) noexcept {
  if (!os::can_fence_all_threads()) return false;
  Turn& other = turn_of(leader);
  other.deposed.store(leader, std::memory_order_relaxed);
  os::fence_all_threads();
  // sync Lead.busy acquire: what the leader did to what the lead guards is seen; pairs with release in leave().
  if (other.busy.load(std::memory_order_acquire) == leader) return false;  // it is in the midst of that, and will pass the lead by itself
  return try_take(turn, leader);
}

}  // namespace shmidl::rpc
