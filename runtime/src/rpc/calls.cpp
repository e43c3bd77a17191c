// One outgoing call from the stub's side, of any size: Call, Send.
#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <shmidl/stub/call.hpp>

#include "os/cache.hpp"
#include "os/fork.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "rpc/outgoing.hpp"
#include "shm/copy.hpp"
#include "shm/slots.hpp"

namespace shmidl::stub {

using rpc::error_of_reply;
using rpc::forked_error;
using rpc::LinkState;
using rpc::unsent_error;
using shm::Access;

namespace {

Error memory_error() { return Error(Errc::no_resources, "memory ran out while a call was packed"); }

Error unpack_error() { return Error(Errc::no_resources, "memory ran out while a reply was unpacked", Execution::yes); }

/// Keeps the memory of a reply until its last reader is done, then gives the slot back.
struct ReplyStorage final : Storage {
  ReplyStorage(const Link& link, std::uint32_t slot) : Storage(&end), own(link.own_shared()), peer(link.peer_shared()), packed(slot) {}

  static void end(Storage* storage) noexcept {
    auto* self = static_cast<ReplyStorage*>(storage);
    if (self->process == os::process_mark()) shm::release_slot<Access>(self->own->segment(), self->packed);
    delete self;
  }

  std::shared_ptr<rpc::OwnMemory> own;
  std::shared_ptr<rpc::PeerMemory> peer;  // what the Arrays read
  rpc::PeerMemory::Pins pins;
  std::uint32_t packed;
  std::uint32_t process = os::process_mark();
};

/// An Array's memory in the arena.
struct ArenaStorage final : Storage {
  ArenaStorage(const Link& link, const shm::Arena::Range& range) : Storage(&end), own(link.own_shared()), block(range.block) {}

  static void end(Storage* storage) noexcept {
    auto* self = static_cast<ArenaStorage*>(storage);
    if (self->process == os::process_mark()) {  // in a forked child the lock below may be held for ever
      self->own->forget_array(self->data);
      self->own->give_back(self->block);
    }
    delete self;
  }

  std::shared_ptr<rpc::OwnMemory> own;
  std::uint32_t block;
  std::uint32_t process = os::process_mark();
  const void* data = nullptr;
};

}  // namespace

Error take_error(Error* owned) noexcept {
  const std::unique_ptr<Error> owner(owned);
  return *owner;
}

Error executed_error(const Error& error) { return Error(error.errc(), error.what(), Execution::yes); }

Error caught_error(bool executed) noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return executed ? unpack_error() : memory_error();
  } catch (const std::length_error&) {
    return executed ? Error(Errc::no_resources, "a reply is too long for this process", Execution::yes)
                    : Error(Errc::no_resources, "an argument is too long for this process");
  }
}

ArenaRange allocate_in_arena(Link& link, std::size_t bytes) {
  if (link.forked()) throw forked_error();
  auto range = link.allocate(bytes);
  if (!range) throw range.error();
  ArenaStorage* storage = nullptr;
  try {
    storage = new ArenaStorage(link, *range);
    std::byte* data = link.own().at(range->region, range->offset);
    link.own().register_array(data, bytes, range->region, range->offset, storage);
    storage->data = data;
    if (!os::cores_share_a_cache()) shm::claim_range(data, bytes);
    return {storage, data};
  } catch (const std::bad_alloc&) {
    delete storage;
    link.own().give_back(range->block);
    throw;
  }
}

// ── Call ──────────────────────────────────────────────────────────────────────────────────────────

struct Call::State {
  State(Link& to, std::uint32_t method, const CallOptions* options, bool parked) noexcept
      : link(to), index(method), parks(parked), deadline(to.deadline(options, method)), outgoing(to) {}
  ~State() {
    if (lane == nullptr || link.forked()) return;
    shm::CellBody body;
    if (unparked()) link.lanes().orphan(*lane);
    else if (link.lanes().take_late(*lane, sequence, body)) link.lanes().give_slot_back(body);
  }

  /// True if the lane is still this call's; else its reply was taken out of it.
  bool unparked() noexcept { return !parks || link.lanes().unpark(*lane, sequence); }

  bool fail(const Error& why) noexcept {
    error = why;
    return false;
  }
  bool open_reply(const shm::CellBody& body) noexcept;

  Link& link;
  const std::uint32_t index;
  const bool parks;
  const os::Deadline deadline;
  std::uint16_t number = 0;
  rpc::Outgoing outgoing;
  rpc::Lane* lane = nullptr;   // while a call is under way in it
  std::uint32_t sequence = 0;  // of that call
  std::optional<Error> error;
  rpc::PeerMemory::Pins pins;  // of a reply that has no slot
  Frame reply;
  std::unique_ptr<std::byte[]> large;
  SmallContent small;
};

Call::Call(Link& link, std::uint32_t method, const CallOptions* options, bool parked) noexcept
    : state_(new (std::nothrow) State(link, method, options, parked)) {}
Call::~Call() { delete state_; }

std::byte* Call::begin(const Measure& measure) noexcept {
  if (state_ == nullptr) return nullptr;
  State& state = *state_;
  auto failed = [&](const Error& error) -> std::byte* {
    state.error = error;
    return nullptr;
  };
  if (state.link.forked()) return failed(forked_error());
  if (state.link.state() != LinkState::alive) return failed(state.link.dead_error(nullptr, state.index));
  auto number = state.link.method(state.index);
  if (!number) return failed(number.error());
  state.number = *number;
  auto body = state.outgoing.begin(measure);
  return body ? *body : failed(unsent_error(state.link, state.index, body.error()));
}

bool Call::publish(bool complete) noexcept {
  if (state_ == nullptr) return false;
  State& state = *state_;
  if (!complete) return state.fail(Error(Errc::too_large, "the arguments changed while they were sent: another thread writes to them"));
  auto lane = state.link.acquire_lane(state.deadline);
  if (!lane) return state.fail(unsent_error(state.link, state.index, lane.error()));
  shm::CellBody body;
  body.method_or_status = state.number;
  state.outgoing.describe(body);
  std::swap((*lane)->held, state.outgoing.held());
  state.lane = *lane;
  state.link.send_request(*state.lane, body);
  state.sequence = state.lane->end.sequence;
  if (state.parks) state.link.lanes().park(*state.lane);
  return true;
}

bool Call::wait() noexcept {
  if (state_ == nullptr) return false;
  State& state = *state_;
  if (state.link.forked()) return state.fail(forked_error());
  if (state.lane == nullptr) return false;
  rpc::Lanes& lanes = state.link.lanes();
  rpc::Lane& lane = *std::exchange(state.lane, nullptr);
  shm::CellBody body;
  if (state.parks && !lanes.unpark(lane, state.sequence)) {
    return lanes.take_late(lane, state.sequence, body) ? state.open_reply(body) : state.fail(unpack_error());
  }
  if (!state.link.spin_for_reply(lane)) {
    if (auto arrived = state.link.await_reply(lane, state.deadline, state.index); !arrived) {
      lanes.orphan(lane);
      return state.fail(arrived.error());
    }
  }
  shm::take<Access>(state.link.peer().replies[lane.number], body);
  lanes.give_back(lane);
  return state.open_reply(body);
}

bool Call::wait_until(std::chrono::steady_clock::time_point until) noexcept {
  if (state_ == nullptr || state_->link.forked()) return true;
  State& state = *state_;
  if (state.lane == nullptr || !state.unparked()) return true;
  const os::Deadline sooner = state.deadline.sooner(os::Deadline{until});
  bool done = state.link.spin_for_reply(*state.lane);
  if (!done) {
    const auto arrived = state.link.await_reply(*state.lane, sooner, state.index);
    done = arrived || arrived.error().errc() != Errc::timed_out || state.deadline.expired();
  }
  if (state.parks) state.link.lanes().park(*state.lane);
  return done;
}

bool Call::State::open_reply(const shm::CellBody& body) noexcept {
  ReplyStorage* storage = nullptr;
  if ((body.flags & shm::kHasSlot) != 0) {
    if (shm::slot_of(body.after_or_slot) >= shm::kSlots) return fail(link.protocol_error("a reply names a slot that does not exist"));
    storage = new (std::nothrow) ReplyStorage(link, body.after_or_slot);
    if (storage == nullptr) {
      link.lanes().give_slot_back(body);
      return fail(unpack_error());
    }
  }
  const auto verdict = link.open_content(body, reply, large, small.bytes.data(), storage, storage != nullptr ? storage->pins : pins);
  if (storage != nullptr) storage->release();  // the frame's externals have references of their own
  if (verdict == rpc::PeerMemory::Verdict::no_memory) return fail(unpack_error());
  if (verdict != rpc::PeerMemory::Verdict::good) return fail(link.protocol_error("a reply names memory that was never handed over"));
  return body.method_or_status == 0 || fail(error_of_reply(link, body, reply));
}

Frame& Call::reply() noexcept { return state_->reply; }

Error Call::malformed() noexcept {
  if (state_->reply.refused()) return state_->reply.refusal(Execution::yes);
  return state_->reply.short_of_memory() ? unpack_error() : state_->link.protocol_error("a result does not check");
}

Error Call::error() const noexcept { return state_ == nullptr || !state_->error ? memory_error() : *state_->error; }

// ── Send ──────────────────────────────────────────────────────────────────────────────────────────

struct Send::State {
  State(Link& to, std::uint32_t method, const CallOptions* call_options, bool waits) noexcept
      : link(to), index(method), may_wait(waits), options(call_options), outgoing(to) {}

  Link& link;
  const std::uint32_t index;
  const bool may_wait;
  const CallOptions* const options;
  std::uint16_t number = 0;
  rpc::Outgoing outgoing;
  std::optional<Error> error;
};

Send::Send(Link& link, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept
    : state_(new (std::nothrow) State(link, method, options, may_wait)) {}
Send::~Send() { delete state_; }

std::byte* Send::begin(const Measure& measure) noexcept {
  if (state_ == nullptr) return nullptr;
  State& state = *state_;
  auto failed = [&](const Error& error) -> std::byte* {
    state.error = error;
    return nullptr;
  };
  if (state.link.forked()) return failed(forked_error());
  auto number = state.link.method(state.index);
  if (!number) return failed(number.error());
  state.number = *number;
  auto body = state.outgoing.begin(measure);
  return body ? *body : failed(unsent_error(state.link, state.index, body.error()));
}

bool Send::publish(bool complete) noexcept {
  if (state_ == nullptr) return false;
  State& state = *state_;
  if (!complete) {
    state.error = Error(Errc::too_large, "the arguments changed while they were sent: another thread writes to them");
    return false;
  }
  shm::CellBody body;
  body.method_or_status = state.number;
  state.outgoing.describe(body);
  auto sent = state.link.send_oneway(body, state.outgoing.held(), state.may_wait, state.options, state.index);
  if (!sent) state.error = sent.error();
  return sent.has_value();
}

Error Send::error() const noexcept { return state_ == nullptr || !state_->error ? memory_error() : *state_->error; }

}  // namespace shmidl::stub
