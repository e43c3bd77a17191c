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

os::Deadline Link::deadline(const CallOptions* options, std::uint32_t method) const noexcept {
  if (options != nullptr && options->timeout) return os::Deadline::in(*options->timeout);
  if (caller_.timeout) return os::Deadline::in(*caller_.timeout);
  if (const std::uint32_t own = caller_.methods.interface().methods[method].deadline_ms; own != 0) {
    return os::Deadline::in(std::chrono::milliseconds(own));
  }
  return os::Deadline::never();
}

Result<rpc::Lane*> Link::acquire_lane(os::Deadline deadline) noexcept {
  rpc::Spinner spinner(caller_.wait);
  for (;;) {
    if (rpc::Lane* const lane = lanes_.take()) return lane;
    if (state() != LinkState::alive) return Error(Errc::peer_died);
    lanes_.make_free();
    if (spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < deadline.at) continue;
    } else if (!deadline.expired()) {
      lanes_.wait(deadline);
      continue;
    }
    return Error(Errc::timed_out, "all " + std::to_string(shm::kLanes) + " calls that this connection carries at a time were under way until the deadline");
  }
}

Link::After Link::after_known_oneways() noexcept {
  auto& last = rpc::thread_memory.oneway;
  if (last.link == id_ && sent_oneways_.load(std::memory_order_relaxed) - last.number >= shm::kRingCells) {
    last.link = 0;  // its cell has been used again, so it has ended; its number will soon mean another one
  }
  if (last.link == id_) return {shm::kAfterOneway, last.number};
  if (!last.several) return {};
  const std::lock_guard lock(ring_mutex_);
  return {shm::kAfterOneway, ring_sender_.last};
}

void Link::send_request(rpc::Lane& lane, shm::CellBody& body) noexcept {
  const After after = after_oneways();
  body.flags = static_cast<std::uint8_t>(body.flags | after.flags);
  body.after_or_slot = after.number;
  shm::send_request<Access>(mine_, lane.number, lane.end, body);
  wake_peer();
}

void Link::wake_sleeping_peer() noexcept {
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

Result<void> Link::await_reply(const rpc::Lane& lane, os::Deadline deadline, std::uint32_t method) noexcept {
  const auto has_reply = [&] { return shm::reply_waits<Access>(theirs_, lane.number, lane.end); };
  rpc::Spinner spinner(caller_.wait);
  for (;;) {
    if (has_reply()) return {};
    if (state() != LinkState::alive) {
      // What the peer published before it died is delivered before its death is told.
      if (has_reply()) return {};
      return dead_error(&lane, method);
    }
    if (spinner.again()) {
      if (!spinner.clock_read() || spinner.now() < deadline.at) continue;
    } else {
      sleep_for_reply(lane, deadline);
      if (has_reply()) return {};
      if (!deadline.expired()) continue;
    }
    const std::string_view name = caller_.methods.interface().methods[method].name;
    return Error(Errc::timed_out, "`" + agreement_.name + "." + std::string(name) + "` did not answer before the deadline", Execution::maybe);
  }
}

void Link::sleep_for_reply(const rpc::Lane& lane, os::Deadline deadline) noexcept {
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  std::uint32_t seen = 0;
  if (shm::reply_missing<Access>(mine_, theirs_, lane.number, lane.end.sequence, seen) && state() == LinkState::alive) {
    os::wait_either(os::word_of(theirs_.replies[lane.number].sequence), seen, os::word_of(state_), static_cast<std::uint32_t>(LinkState::alive), deadline);
  }
  shm::announce_caller<Access>(mine_, lane.number, false);
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
        return dead_error(nullptr, method);
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
  auto& last = rpc::thread_memory.oneway;
  last.several = last.several || (last.link != 0 && last.link != id_);
  last.link = id_;
  last.number = number;
  return Pushed::yes;
}

}  // namespace shmidl::stub
