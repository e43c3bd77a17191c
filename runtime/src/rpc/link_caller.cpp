// The caller's half of a Link: lanes, requests, replies, oneway calls.
#include <bit>
#include <new>
#include <utility>

#include <sched.h>

#include "os/futex.hpp"
#include "os/socket.hpp"
#include "rpc/hello.hpp"
#include "rpc/link.hpp"
#include "rpc/spin.hpp"
#include "shm/access.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

namespace {

/// The oneway call that this thread sent last: its later calls must not overtake it.
struct LastOneway {
  std::uint64_t link = 0;    // Link::id_
  std::uint32_t number = 0;
  bool several = false;      // it sent some on other links too: their numbers are no longer known
};
thread_local LastOneway last_oneway;

}  // namespace

os::Deadline Link::deadline(const CallOptions* options, std::uint32_t method) const noexcept {
  if (options != nullptr && options->timeout) return os::Deadline::in(*options->timeout);
  if (caller_.timeout) return os::Deadline::in(*caller_.timeout);
  if (const std::uint32_t own = caller_.methods.interface().methods[method].deadline_ms; own != 0) {
    return os::Deadline::in(std::chrono::milliseconds(own));
  }
  return os::Deadline::never();
}

void Link::note_lane_used(std::uint32_t lane) noexcept {
  // sync Link.lanes_used acquire: pairs with release below; who sees the number may publish in the lane.
  if (lane < lanes_used_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(lanes_mutex_);
  if (lane < lanes_used_.load(std::memory_order_relaxed)) return;
  shm::use_lanes<Access>(mine_, lane + 1);
  // sync Link.lanes_used release: after the shared word; pairs with acquire above.
  lanes_used_.store(lane + 1, std::memory_order_release);
}

std::optional<std::uint32_t> Link::take_free_lane() noexcept {
  if (orphan_lanes_.load(std::memory_order_relaxed) != 0) reap_orphans();
  std::uint64_t free = free_lanes_.load(std::memory_order_relaxed);
  while (free != 0) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(free));  // the lowest: the hottest
    // sync Link.free_lanes acquire: pairs with release in release_lane(); the lane's former holder is done with its state.
    if (free_lanes_.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire)) {
      note_lane_used(lane);
      return lane;
    }
  }
  return std::nullopt;
}

Result<std::uint32_t> Link::acquire_lane(os::Deadline deadline) noexcept {
  rpc::Spinner spinner(caller_.wait);
  for (;;) {
    if (const auto lane = take_free_lane()) return *lane;
    if (state() != LinkState::alive) return Error(Errc::peer_died);
    harvest();
    if (spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < deadline.at) continue;
    } else if (!deadline.expired()) {
      lane_waiters_.fetch_add(1, std::memory_order_seq_cst);
      {
        std::unique_lock lock(lanes_mutex_);
        // Replies to orphaned and parked calls come without a notice: look again soon.
        if (free_lanes_.load(std::memory_order_seq_cst) == 0) {
          lane_freed_.wait_until(lock, deadline.sooner(os::Deadline::in(std::chrono::milliseconds(1))).at);
        }
      }
      lane_waiters_.fetch_sub(1, std::memory_order_seq_cst);
      continue;
    }
    return Error(Errc::timed_out, "all " + std::to_string(shm::kLanes) + " calls that this connection carries at a time were under way until the deadline");
  }
}

void Link::park(std::uint32_t lane, Parked& call) noexcept {
  // sync Link.parked release: the call's state and the lane's are complete; pairs with acquire in unpark() and harvest().
  parked_[lane].store(&call, std::memory_order_release);
}

bool Link::unpark(std::uint32_t lane, Parked& call) noexcept {
  // sync Link.parked acquire: pairs with release in park() and harvest().
  Parked* expected = &call;
  while (!parked_[lane].compare_exchange_weak(expected, nullptr, std::memory_order_acq_rel)) {
    // sync Parked.harvested acquire: pairs with release in harvest(); the reply is in the call.
    if (call.harvested.load(std::memory_order_acquire)) return false;
    expected = &call;
    sched_yield();  // another thread takes the reply at this moment, or puts the call back
  }
  return true;
}

void Link::harvest() noexcept {
  for (std::uint32_t lane = 0; lane < shm::kLanes; ++lane) {
    // sync Link.parked acquire: pairs with release in park().
    Parked* call = parked_[lane].exchange(nullptr, std::memory_order_acq_rel);
    if (call == nullptr) continue;
    if (has_reply(lane)) {
      call->take_parked_reply(lane);
      // sync Parked.harvested release: the reply is in the call; pairs with acquire in unpark().
      call->harvested.store(true, std::memory_order_release);
    } else {
      park(lane, *call);
    }
  }
}

void Link::release_lane(std::uint32_t lane) noexcept {
  if (!held_[lane].empty()) own_->give_back(held_[lane]);
  // sync Link.free_lanes release: ends this thread's use of the lane's state; pairs with acquire in acquire_lane(). seq_cst: ordered before the look.
  free_lanes_.fetch_or(std::uint64_t{1} << lane, std::memory_order_seq_cst);
  if (lane_waiters_.load(std::memory_order_seq_cst) != 0) {
    const std::lock_guard lock(lanes_mutex_);
    lane_freed_.notify_one();
  }
}

void Link::orphan_lane(std::uint32_t lane) noexcept {
  // sync Link.orphan_lanes release: hands the lane's state to the thread that reaps it; pairs with acquire in reap_orphans().
  orphan_lanes_.fetch_or(std::uint64_t{1} << lane, std::memory_order_release);
}

void Link::reap_orphans() noexcept {
  std::uint64_t orphans = orphan_lanes_.load(std::memory_order_relaxed);
  for (; orphans != 0; orphans &= orphans - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(orphans));
    const std::uint64_t bit = std::uint64_t{1} << lane;
    // sync Link.orphan_lanes acquire: one thread wins the lane and sees its state; pairs with release in orphan_lane().
    if ((orphan_lanes_.fetch_and(~bit, std::memory_order_acq_rel) & bit) == 0) continue;
    if (!has_reply(lane)) {
      orphan_lane(lane);
      continue;
    }
    shm::CellBody body;
    take_reply(lane, body);
    give_slot_back(body);
    release_lane(lane);
  }
}

void Link::give_slot_back(const shm::CellBody& body) noexcept {
  if ((body.flags & shm::kHasSlot) != 0 && shm::slot_of(body.after_or_slot) < shm::kSlots) {
    shm::release_slot<Access>(mine_, body.after_or_slot);
  }
}

Link::After Link::after_oneways() noexcept {
  if (last_oneway.link == id_ && sent_oneways_.load(std::memory_order_relaxed) - last_oneway.number >= shm::kRingCells) {
    last_oneway.link = 0;  // its cell has been used again, so it has ended; its number will soon mean another one
  }
  if (last_oneway.link == id_) return {shm::kAfterOneway, last_oneway.number};
  if (!last_oneway.several) return {};
  const std::lock_guard lock(ring_mutex_);
  return {shm::kAfterOneway, ring_sender_.last};
}

void Link::send_request(std::uint32_t lane, shm::CellBody& body) noexcept {
  const After after = after_oneways();
  body.flags = static_cast<std::uint8_t>(body.flags | after.flags);
  body.after_or_slot = after.number;
  shm::send_request<Access>(mine_, lane, caller_lanes_[lane], body);
  wake_peer();
}

void Link::send_small_request(std::uint32_t lane, std::uint16_t number, std::uint32_t bytes) noexcept {
  const After after = after_oneways();
  shm::send_written_request<Access>(mine_, lane, caller_lanes_[lane], shm::pack_head(number, after.flags, 0, bytes), after.number);
  wake_peer();
}

void Link::wake_peer() noexcept {
  if (agreement_.peer_never_sleeps) return;
  switch (shm::callee_waits<Access>(theirs_)) {
    case shm::kAwake:
      return;
    case shm::kFutex: {
      shm::Word& bell = mine_.control.bell;
      shm::ring_bell<Access>(mine_, bell_.fetch_add(1, std::memory_order_relaxed) + 1);
      os::wake(os::word_of(bell), 1);
      return;
    }
    case shm::kSocket: {
      rpc::BellMessage message;
      // A full socket has unread bells in it: the peer will wake.
      static_cast<void>(os::send(socket_, rpc::seal_message(message, rpc::MessageKind::bell)));
      return;
    }
  }
}

bool Link::has_reply(std::uint32_t lane) const noexcept { return shm::reply_waits<Access>(theirs_, lane, caller_lanes_[lane]); }

void Link::take_reply(std::uint32_t lane, shm::CellBody& body) const noexcept { shm::take<Access>(theirs_.replies[lane], body); }

bool Link::take_small_reply(std::uint32_t lane, std::byte* into, std::uint32_t bytes) const noexcept {
  const shm::CellBody& body = theirs_.replies[lane].body;
  if (Access::read_number<std::uint64_t>(&body) != shm::pack_head(0, 0, 0, bytes)) return false;
  Access::read(into, body.content, shm::kInlineBytes);
  return true;
}

bool Link::spin_for_reply(std::uint32_t lane) const noexcept {
  if (caller_.wait == Wait::block) return has_reply(lane);
  for (int look = 0; look < 256; ++look) {
    if (has_reply(lane)) return true;
    shm::pause();
  }
  return false;
}

Result<void> Link::await_reply(std::uint32_t lane, os::Deadline deadline, std::uint32_t method) noexcept {
  rpc::Spinner spinner(caller_.wait);
  for (;;) {
    if (has_reply(lane)) return {};
    if (state() != LinkState::alive) {
      // What the peer published before it died is delivered before its death is told.
      if (has_reply(lane)) return {};
      return dead_error(lane, method);
    }
    if (spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < deadline.at) continue;
    } else {
      sleep_for_reply(lane, deadline);
      if (has_reply(lane)) return {};
      if (!deadline.expired()) continue;
    }
    const std::string_view name = caller_.methods.interface().methods[method].name;
    return Error(Errc::timed_out, "`" + agreement_.name + "." + std::string(name) + "` did not answer before the deadline", Execution::maybe);
  }
}

void Link::sleep_for_reply(std::uint32_t lane, os::Deadline deadline) noexcept {
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  const shm::Word& reply = theirs_.replies[lane].sequence;
  std::uint32_t seen = 0;
  if (shm::reply_missing<Access>(mine_, theirs_, lane, caller_lanes_[lane].sequence, seen) && state() == LinkState::alive) {
    os::wait_either(os::word_of(reply), seen, os::word_of(state_), static_cast<std::uint32_t>(LinkState::alive), deadline);
  }
  shm::announce_caller<Access>(mine_, lane, false);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

void Link::free_taken_oneways() noexcept {
  const std::lock_guard lock(ring_mutex_);
  free_taken_oneways_locked();
}

std::uint32_t Link::free_taken_oneways_locked() noexcept {
  const std::uint32_t waiting = shm::in_flight<Access>(theirs_, ring_sender_);
  if (waiting > shm::kRingCells) return waiting;
  for (; ring_freed_ != ring_sender_.last - waiting; ++ring_freed_) {
    rpc::Held& held = ring_held_[(ring_freed_ + 1) % shm::kRingCells];
    if (!held.empty()) own_->give_back(held);
  }
  return waiting;
}

Result<void> Link::wait_for_room(os::Deadline deadline) noexcept {
  // One thread waits at a time: the word that asks the receiver for a wake is one for all.
  const std::lock_guard waiter(room_mutex_);
  rpc::Spinner spinner(caller_.wait);
  for (;;) {
    const shm::Word& taken = theirs_.control.taken;
    const std::uint32_t seen = shm::taken_count<Access>(theirs_);
    if (sent_oneways_.load(std::memory_order_relaxed) - seen < shm::kRingCells) return {};
    if (state() != LinkState::alive) return {};
    if (!spinner.again()) {
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      if (shm::room_missing<Access>(mine_, theirs_, seen) && state() == LinkState::alive) {
        os::wait_either(os::word_of(taken), seen, os::word_of(state_), static_cast<std::uint32_t>(LinkState::alive), deadline);
      }
      shm::announce_sender<Access>(mine_, false);
      sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    } else if (!spinner.clock_read()) {
      continue;
    }
    if (deadline.expired()) return Error(Errc::timed_out, "`" + agreement_.name + "` did not take earlier oneway calls before the deadline");
  }
}

Result<void> Link::send_oneway(shm::CellBody& body, rpc::Held& held, bool may_wait, os::Deadline deadline, std::uint32_t method) noexcept {
  for (;;) {
    switch (try_push(body, held)) {
      case Pushed::yes:
        wake_peer();
        return {};
      case Pushed::dead:
        return dead_error(std::nullopt, method);
      case Pushed::nonsense:
        return protocol_error("the server acknowledged oneway calls that were never sent");
      case Pushed::full:
        break;
    }
    if (!may_wait) return Error(Errc::would_block, "the server has not taken the last " + std::to_string(shm::kRingCells) + " oneway calls yet");
    if (auto room = wait_for_room(deadline); !room) return room;
  }
}

Link::Pushed Link::try_push(const shm::CellBody& body, rpc::Held& held) noexcept {
  const std::lock_guard lock(ring_mutex_);
  if (state() != LinkState::alive) return Pushed::dead;
  const std::uint32_t waiting = free_taken_oneways_locked();
  if (waiting > shm::kRingCells) return Pushed::nonsense;
  if (waiting == shm::kRingCells) return Pushed::full;
  const std::uint32_t number = shm::push<Access>(mine_, ring_sender_, body);
  sent_oneways_.store(number, std::memory_order_relaxed);
  std::swap(ring_held_[number % shm::kRingCells], held);
  last_oneway.several = last_oneway.several || (last_oneway.link != 0 && last_oneway.link != id_);
  last_oneway.link = id_;
  last_oneway.number = number;
  return Pushed::yes;
}

}  // namespace shmidl::stub
