// The sender of a Link's oneway calls.
#include <memory>
#include <utility>

#include "os/futex.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/meet.hpp"
#include "rpc/repeated_call.hpp"
#include "rpc/target.hpp"
#include "rpc/spin.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

Link::Terms Link::after_known_oneways() noexcept {
  auto& last = rpc::thread_memory.oneway;
  if (last.link == id_ && oneways_.sent.load(std::memory_order_relaxed) - last.number >= shm::kRingCells) {
    last.link = 0;  // its cell has been used again, so it has ended; its number will soon mean another one
  }
  if (last.link == id_) return {shm::kAfterOneway, last.number};
  if (!last.several) return {};
  const rpc::BiasedLock::Guard lock(oneways_.lock);
  return {shm::kAfterOneway, oneways_.ring.last};
}

void Link::free_taken_oneways() noexcept {
  const rpc::BiasedLock::Guest lock(oneways_.lock);
  free_taken_oneways_locked();
}

bool Link::free_taken_oneways_locked() noexcept {
  const std::uint32_t waiting = shm::in_flight<Access>(theirs_, oneways_.ring);
  if (waiting > shm::kRingCells) return false;
  oneways_.taken = oneways_.ring.last - waiting;
  for (; oneways_.freed != oneways_.taken; ++oneways_.freed) {
    rpc::Held& held = oneways_.held[(oneways_.freed + 1) % shm::kRingCells];
    if (!held.empty()) own_->give_back(held);
  }
  return true;
}

Link::Room Link::look_for_room() noexcept {
  if (state() != LinkState::alive) return Room::dead;
  // The peer's word is looked at when the last look's room is used up: once in many calls, if the peer keeps up.
  if (oneways_.ring.last - oneways_.taken < shm::kRingCells) return Room::yes;
  if (!free_taken_oneways_locked()) return Room::nonsense;
  return oneways_.ring.last - oneways_.taken < shm::kRingCells ? Room::yes : Room::none;
}

std::optional<Error> Link::lock_ring_with_room(bool& as_owner, bool may_wait, const CallOptions* options, const Target& target, std::uint32_t method) noexcept {
  os::Deadline deadline;
  for (bool first = true;; first = false) {
    as_owner = oneways_.lock.lock();
    const Room room = look_for_room();
    if (room == Room::yes) [[likely]] return std::nullopt;
    oneways_.lock.unlock(as_owner);
    if (room == Room::dead) return dead_error(nullptr, target, method);
    if (room == Room::nonsense) return protocol_error("the server acknowledged oneway calls that were never sent");
    if (!may_wait) return Error(Errc::would_block, "the server has not taken the last " + std::to_string(shm::kRingCells) + " oneway calls yet");
    if (first) deadline = this->deadline(options, target, method);
    if (auto waited = wait_for_room(deadline); !waited) return waited.error();
  }
}

void Link::unlock_ring(bool as_owner) noexcept {
  const std::uint32_t number = oneways_.ring.last;
  oneways_.sent.store(number, std::memory_order_relaxed);
  auto& last = rpc::thread_memory.oneway;
  last.several = last.several || (last.link != 0 && last.link != id_);
  last.link = id_;
  last.number = number;
  oneways_.lock.unlock(as_owner);
  wake_peer();
}

Result<void> Link::wait_for_room(os::Deadline deadline) noexcept {
  ask_for_help();
  // One thread waits at a time: the word that asks the receiver for a wake is one for all.
  const std::lock_guard waiter(oneways_.room_mutex);
  rpc::Spinner spinner(caller_.wait, history_);
  const bool may_spin = !shares_core();
  for (;;) {
    const shm::Word& taken = theirs_.control.taken;
    const std::uint32_t seen = shm::taken_count<Access>(theirs_);
    if (oneways_.sent.load(std::memory_order_relaxed) - seen < shm::kRingCells) return {};
    if (state() != LinkState::alive) return {};
    if (!may_spin || !spinner.again()) {
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      if (shm::room_missing<Access>(mine_, theirs_, seen) && state() == LinkState::alive) {
        os::wait(os::word_of(taken), seen, deadline);
      }
      shm::announce_sender<Access>(mine_, false);
      sleepers_.fetch_sub(1, std::memory_order_seq_cst);
      spinner.slept();
    } else if (!spinner.clock_read()) {
      continue;
    }
    if (deadline.expired()) return Error(Errc::timed_out, "`" + agreement_.name + "` did not take earlier oneway calls before the deadline");
  }
}

Result<void> Link::send_oneway(shm::CellBody& body, rpc::Held& held, bool may_wait, const CallOptions* options, const Target& target, std::uint32_t method) noexcept {
  bool as_owner = false;
  if (auto error = lock_ring_with_room(as_owner, may_wait, options, target, method)) return *error;
  const std::uint32_t number = shm::push<Access>(mine_, oneways_.ring, body);
  std::swap(oneways_.held[number % shm::kRingCells], held);
  unlock_ring(as_owner);
  return {};
}

// ── small ones ────────────────────────────────────────────────────────────────────────────────────

namespace {

/// Over what a client that reconnects is connected with. The plain form waits for a connection as long as a call does, the others try once.
Error* begin_send_over(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait, SmallSend& send) noexcept {
  for (unsigned tries = 0;; ++tries) {
    auto now = ready_for_send(target, method, options, may_wait);
    if (!now) return std::make_unique<Error>(now.error()).release();
    Error* const error = begin_small_send(**now, method, options, may_wait, send);
    if (error == nullptr) {
      send.object = SmallSend::kKeeps;
      send.keeper = now->detach();
      return nullptr;
    }
    if (tries == target.reconnecting()->options().reconnect.max_resends || !rpc::RepeatedCall::is_repeatable(*error, **now, false)) return error;
    delete error;
  }
}

/// To an object that is not the root, within this process, or of a client that reconnects; or the method cannot be called.
[[gnu::noinline, gnu::cold]] Error* begin_unusual_send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait, SmallSend& send) noexcept {
  if (target.reconnecting() != nullptr) return begin_send_over(target, method, options, may_wait, send);
  Link& link = target.link();
  const auto number = target.method(method);
  if (link.forked() || link.state() != LinkState::alive || !target.goes_in_full() || !number) return rpc::why_not(target, method);
  if (target.object() != 0 && !link.is_served()) return rpc::refuse(target, method, rpc::unserved_error(target, method));
  send.link = &link;
  send.number = *number;
  send.object = target.object();
  return link.begin_send(send, target, method, options, may_wait);
}

}  // namespace

Result<TargetRef> ready_for_send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept {
  rpc::Reconnecting& reconnecting = *target.reconnecting();
  if (TargetRef now = reconnecting.alive()) return now;
  if (reconnecting.forked()) return rpc::forked_error();
  rpc::Reconnecting::Patience patience = reconnecting.patience();
  if (!may_wait) {
    patience.until = patience.soon = os::Deadline{os::Clock::now()};
  } else if (may_be_timed(options, target)) {
    const TargetRef last = reconnecting.current();
    const os::Deadline deadline = (*last).link().deadline(options, *last, method);
    if (!deadline.is_never()) patience = {deadline, true};
  }
  auto now = reconnecting.ready(patience);
  if (!may_wait && !now && (now.error().errc() == Errc::timed_out || now.error().errc() == Errc::would_block)) {
    return Error(Errc::would_block, std::string("the server left, and there is no answer of another one yet: ") + now.error().what());
  }
  if (now || !rpc::may_pass(now.error().errc())) return now;
  return Error(patience.is_deadline && patience.until.expired() ? Errc::timed_out : Errc::not_executed, std::string("the server left, and there is no other one: ") + now.error().what());
}

Error* begin_small_send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait, SmallSend& send) noexcept {
  send.number = target.number(method);
  if (send.number == rpc::MethodMap::kNoNumber) [[unlikely]] return begin_unusual_send(target, method, options, may_wait, send);
  Link& link = target.link();
  if (link.forked()) [[unlikely]] return rpc::why_not(target, method);
  send.link = &link;
  send.object = 0;
  return link.begin_send(send, target, method, options, may_wait);
}

static void finish_kept_send(const SmallSend& send, std::uint32_t request_bytes) noexcept {
  const TargetRef keeper(*send.keeper);
  SmallSend over = send;
  over.object = 0;
  over.link->finish_send(over, request_bytes);
}

void finish_small_send(const SmallSend& send, std::uint32_t request_bytes) noexcept {
  if (send.object == SmallSend::kKeeps) [[unlikely]] return finish_kept_send(send, request_bytes);
  send.link->finish_send(send, request_bytes);
}

Error* Link::begin_send(SmallSend& send, const Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept {
  if (auto error = lock_ring_with_room(send.biased, may_wait, options, target, method)) [[unlikely]] return std::make_unique<Error>(*error).release();
  send.request = mine_.ring[(oneways_.ring.last + 1) % shm::kRingCells].body.content;
  return nullptr;
}

void Link::finish_send(const SmallSend& send, std::uint32_t bytes) noexcept {
  const std::uint8_t flags = send.object != 0 ? shm::kExtended : 0;
  shm::push_written<Access>(mine_, oneways_.ring, shm::pack_head(send.number, flags, 0, bytes), send.object);
  unlock_ring(send.biased);
}

}  // namespace shmidl::stub
