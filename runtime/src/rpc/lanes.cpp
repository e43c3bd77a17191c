#include "rpc/lanes.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <new>
#include <utility>

#include "os/barrier.hpp"
#include "rpc/this_call.hpp"
#include "shm/access.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

using shm::Access;

constinit thread_local ThreadMemory thread_memory;

Lanes::Lanes(std::uint64_t link, shm::Segment& mine, const shm::Segment& theirs, OwnMemory& own) noexcept
    : link_(link), mine_(mine), theirs_(theirs), own_(own) {}

bool Lanes::make_lanes(std::uint32_t count) noexcept {
  // sync Lanes.used acquire: pairs with release below; who sees the number finds the lanes.
  if (count <= used_.load(std::memory_order_acquire)) return true;
  const std::lock_guard lock(mutex_);
  const std::uint32_t first = used_.load(std::memory_order_relaxed);
  if (count <= first) return true;
  for (std::uint32_t number = first; number < count; ++number) {
    lanes_[number].reset(new (std::nothrow) Lane(number));
    if (lanes_[number] == nullptr) return false;
  }
  shm::use_lanes<Access>(mine_, count);
  // sync Lanes.used release: the lanes are made, and the peer will look at them; pairs with acquire above and in harvest().
  used_.store(count, std::memory_order_release);
  return true;
}

Lane* Lanes::take_of(std::uint64_t preferred) noexcept {
  if (orphans_.load(std::memory_order_relaxed) != 0) reap_orphans();
  std::uint64_t free = free_.load(std::memory_order_relaxed);
  while ((free & kCallBits) != 0) {
    const std::uint64_t lanes = free & kCallBits;
    const auto number = static_cast<std::uint32_t>(std::countr_zero((lanes & preferred) != 0 ? lanes & preferred : lanes));  // the lowest: the hottest
    // sync Lanes.free acquire: pairs with release in give_back(); the lane's former holder is done with its state.
    if (!free_.compare_exchange_weak(free, free & ~(std::uint64_t{1} << number), std::memory_order_acquire)) continue;
    if (make_lanes(number + 1)) return lanes_[number].get();
    free_.fetch_or(std::uint64_t{1} << number, std::memory_order_relaxed);  // nobody has used it
    return nullptr;
  }
  return nullptr;
}

Lane* Lanes::take_chain() noexcept {
  if (orphans_.load(std::memory_order_relaxed) != 0) reap_orphans();
  std::uint64_t free = free_.load(std::memory_order_relaxed);
  while ((free & ~kCallBits) != 0) {
    const auto number = static_cast<std::uint32_t>(std::countr_zero(free & ~kCallBits));
    // sync Lanes.free acquire: as in take_of().
    if (!free_.compare_exchange_weak(free, free & ~(std::uint64_t{1} << number), std::memory_order_acquire)) continue;
    {
      const std::lock_guard lock(mutex_);
      if (lanes_[number] == nullptr) lanes_[number].reset(new (std::nothrow) Lane(number));
    }
    if (lanes_[number] != nullptr) return lanes_[number].get();
    free_.fetch_or(std::uint64_t{1} << number, std::memory_order_relaxed);  // nobody has used it
    return nullptr;
  }
  return nullptr;
}

void Lanes::give_back(Lane& lane) noexcept {
  if (lane.rings) [[unlikely]] be_quiet(lane);
  if (!lane.held.empty()) own_.give_back(lane.held);
  // sync Lanes.free release: ends this thread's use of the lane's state; pairs with acquire in take(). seq_cst: ordered before the look.
  free_.fetch_or(std::uint64_t{1} << lane.number, std::memory_order_seq_cst);
  if (waiters_.load(std::memory_order_seq_cst) != 0) {
    const std::lock_guard lock(mutex_);
    freed_.notify_one();
  }
}

// ── lanes of threads ──────────────────────────────────────────────────────────────────────────────

Lane* Lanes::take_and_bind() noexcept {
  if (const CurrentCall* const call = CurrentCall::of(link_); call != nullptr && call->is_awaited()) return nullptr;
  ThreadMemory::Bound& bound = bound_to_this_thread();
  const bool binds = bound.link != link_ && os::can_fence_all_threads() && std::popcount(free_.load(std::memory_order_relaxed) & kCallBits) >= kSpare &&
                     std::popcount(bound_.load(std::memory_order_relaxed)) < kMostBound;
  if (!binds) return take();
  Lane* const lane = take_of(bindable_.load(std::memory_order_relaxed));
  // sync Lanes.bindable acquire: those of the last binding are done with its words; pairs with release in let_go().
  if (lane == nullptr || (bindable_.load(std::memory_order_acquire) & bit_of(*lane)) == 0) return lane;
  bindable_.fetch_and(~bit_of(*lane), std::memory_order_relaxed);
  lane->revoked.store(0, std::memory_order_relaxed);
  lane->returned.store(false, std::memory_order_relaxed);
  lane->let_go.store(0, std::memory_order_relaxed);
  lane->busy.store(1, std::memory_order_relaxed);
  bound = {link_, lane};
  // sync Lanes.bound release: the lane is in use; pairs with acquire in revoke().
  bound_.fetch_or(bit_of(*lane), std::memory_order_release);
  return lane;
}

// One of the two that a revoked lane's words were for is done with them.
void Lanes::let_go(Lane& lane) noexcept {
  // sync Lane.let_go acq_rel: the second one has seen what the first one did.
  if (lane.let_go.fetch_add(1, std::memory_order_acq_rel) == 0) return;
  // sync Lanes.bindable release: the lane's words are at rest; pairs with acquire in take_and_bind().
  bindable_.fetch_or(bit_of(lane), std::memory_order_release);
}

void Lanes::leave_revoked(ThreadMemory::Bound& bound) noexcept {
  Lane& lane = *bound.lane;
  bound = {};
  // sync Lane.busy release: as in leave().
  lane.busy.store(0, std::memory_order_release);
  if (!lane.returned.exchange(true, std::memory_order_acq_rel)) give_back(lane);
  let_go(lane);
}

void Lanes::revoke() noexcept {
  if (bound_.load(std::memory_order_relaxed) == 0) return;
  // sync Lanes.bound acquire: pairs with release in take_and_bind(); each lane is revoked by one thread.
  const std::uint64_t mine = bound_.exchange(0, std::memory_order_acquire);
  for_each(mine, [](Lane& lane) { lane.revoked.store(1, std::memory_order_relaxed); });
  os::fence_all_threads();
  for_each(mine, [this](Lane& lane) {
    // sync Lane.busy acquire: the thread is done with the lane's state; pairs with release in leave().
    const bool in_use = lane.busy.load(std::memory_order_acquire) != 0;  // then it will see that the lane is revoked
    if (!in_use && !lane.returned.exchange(true, std::memory_order_acq_rel)) give_back(lane);
    let_go(lane);
  });
}

void Lanes::orphan(Lane& lane) noexcept {
  if (lane.rings) be_quiet(lane);
  if (ThreadMemory::Bound& bound = bound_to_this_thread(); bound.lane == &lane && bound.link == link_) {
    bound = {};
    // Where the bit is still there nobody revokes the lane, now or later: both parts are this thread's.
    const bool revoked = (bound_.fetch_and(~bit_of(lane), std::memory_order_relaxed) & bit_of(lane)) == 0;
    // Before `busy`: whoever revokes the lane now finds that giving it back is no longer his.
    lane.returned.store(true, std::memory_order_relaxed);
    // sync Lane.busy release: as in leave().
    lane.busy.store(0, std::memory_order_release);
    let_go(lane);
    if (!revoked) let_go(lane);
  }
  // sync Lanes.orphans release: hands the lane's state to the thread that reaps it; pairs with acquire in reap_orphans().
  orphans_.fetch_or(bit_of(lane), std::memory_order_release);
}

void Lanes::reap_orphans() noexcept {
  // sync Lanes.orphans acquire: before the lanes themselves are looked at, which other threads may have made; pairs with release in orphan().
  for_each(orphans_.load(std::memory_order_acquire), [this](Lane& lane) {
    // sync Lanes.orphans acquire: one thread wins the lane and sees its state; pairs with release in orphan().
    if ((orphans_.fetch_and(~bit_of(lane), std::memory_order_acq_rel) & bit_of(lane)) == 0) return;
    if (!shm::arrived<Access>(theirs_.replies[lane.number], lane.end.sequence)) {
      // sync Lanes.orphans release: as in orphan().
      orphans_.fetch_or(bit_of(lane), std::memory_order_release);
      return;
    }
    shm::CellBody body;
    shm::take<Access>(theirs_.replies[lane.number], body);
    if (sink_ == nullptr || !sink_->take_orphan(lane.number, lane.end.sequence, body)) discard(body);
    shm::announce_caller<Access>(mine_, lane.number, false);  // its caller said that it had gone
    give_back(lane);
  });
}

// ── calls whose callers do something else ─────────────────────────────────────────────────────────

void Lanes::park(Lane& lane) noexcept {
  // sync Lane.parked release: the lane's state is complete; pairs with acquire in unpark() and harvest().
  lane.parked.store(kParked | lane.end.sequence, std::memory_order_release);
}

void Lanes::ask_for_message(Lane& lane, std::uint32_t sequence) noexcept {
  if (!unpark(lane, sequence)) return;
  lane.rings = true;
  shm::ask_for_message<Access>(mine_, lane.number);
  park(lane);
}

void Lanes::be_quiet(Lane& lane) noexcept {
  lane.rings = false;
  shm::announce_caller<Access>(mine_, lane.number, false);
}

bool Lanes::unpark(Lane& lane, std::uint32_t sequence) noexcept {
  std::uint64_t parked = kParked | sequence;
  // sync Lane.parked acquire: pairs with release in park().
  return lane.parked.compare_exchange_strong(parked, 0, std::memory_order_acquire, std::memory_order_relaxed);
}

bool Lanes::take_late(const Lane& lane, std::uint32_t sequence, shm::CellBody& body) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = late_.find(late_key(lane, sequence));
  if (found == late_.end()) return false;
  body = found->second;
  late_.erase(found);
  return true;
}

void Lanes::harvest() noexcept {
  bool asked = false;
  take_out(asked);
  if (asked && sink_ != nullptr) sink_->replies_are_late();
}

void Lanes::take_out(bool& asked) noexcept try {
  // sync Lanes.used acquire: pairs with release in make_lanes().
  const std::uint32_t used = used_.load(std::memory_order_acquire);
  for (std::uint32_t number = 0; number < used; ++number) {
    Lane& lane = *lanes_[number];
    // sync Lane.parked acquire: pairs with release in park().
    std::uint64_t parked = lane.parked.load(std::memory_order_acquire);
    const auto sequence = static_cast<std::uint32_t>(parked);
    if (parked == 0 || !shm::arrived<Access>(theirs_.replies[lane.number], sequence)) continue;
    {
      // The lock from before the lane changes hands until the reply is noted: whoever finds his lane taken finds the reply.
      const std::lock_guard lock(mutex_);
      const auto [entry, is_new] = late_.try_emplace(late_key(lane, sequence));
      if (!is_new) continue;
      // sync Lane.parked acquire: pairs with release in park().
      if (!lane.parked.compare_exchange_strong(parked, 0, std::memory_order_acquire, std::memory_order_relaxed)) {
        late_.erase(entry);
        continue;
      }
      shm::take<Access>(theirs_.replies[lane.number], entry->second);
    }
    asked = asked || lane.rings;
    give_back(lane);
  }
} catch (const std::bad_alloc&) {
  // The replies stay in their lanes.
}

// ── waiting for a lane ────────────────────────────────────────────────────────────────────────────

void Lanes::make_free() noexcept {
  revoke();
  harvest();
}

void Lanes::wait(os::Deadline deadline) noexcept {
  waiters_.fetch_add(1, std::memory_order_seq_cst);
  {
    std::unique_lock lock(mutex_);
    // Replies to orphaned and parked calls come without a notice: look again soon.
    if ((free_.load(std::memory_order_seq_cst) & kCallBits) == 0) freed_.wait_until(lock, deadline.sooner(os::Deadline::in(std::chrono::milliseconds(1))).at);
  }
  waiters_.fetch_sub(1, std::memory_order_seq_cst);
}

void Lanes::wake_waiters() noexcept {
  const std::lock_guard lock(mutex_);
  freed_.notify_all();
}

void Lanes::give_slot_back(const shm::CellBody& body) noexcept {
  if ((body.flags & shm::kHasSlot) != 0 && shm::slot_of(body.after_or_slot) < shm::kSlots) shm::release_slot<Access>(mine_, body.after_or_slot);
}

void Lanes::discard(const shm::CellBody& body) noexcept {
  if (body.descriptors != 0 && sink_ != nullptr) sink_->drop_attachments(body);
  give_slot_back(body);
}

void Lanes::give_back_memory() noexcept {
  for (const auto& lane : lanes_) {
    if (lane != nullptr) own_.give_back(lane->held);
  }
}

}  // namespace shmidl::rpc
