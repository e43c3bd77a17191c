// One outgoing call from the stub's side, of any size: Call.
#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <shmidl/stub/call.hpp>

#include <shmidl/stub/stream_reader.hpp>

#include "os/fork.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/target.hpp"
#include "rpc/incoming_stream.hpp"
#include "rpc/outgoing.hpp"
#include "rpc/repeated_call.hpp"
#include "rpc/reply_storage.hpp"
#include "rpc/streams.hpp"
#include "shm/slots.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::error_of_reply;
using rpc::forked_error;
using rpc::LinkState;
using rpc::unsent_error;
using rpc::unserved_error;
using shm::Access;

namespace {

Error memory_error() { return Error(Errc::no_resources, "memory ran out while a call was packed"); }

Error unpack_error() { return Error(Errc::no_resources, "memory ran out while a reply was unpacked", Execution::yes); }

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

// ── Call ──────────────────────────────────────────────────────────────────────────────────────────

struct Call::State {
  State(Target& to, std::uint32_t method, const CallOptions* options, bool parked, bool may_come_again, std::uint64_t of_number) noexcept
      : target(to), link(to.link()), index(method), parks(parked), keeps(may_come_again && !parked), call_number(of_number), deadline(link.deadline(options, to, method)), outgoing(link) {
    if (options != nullptr && options->stop) stop = options->stop;
  }
  ~State() {
    if (stream_memory != nullptr) stream_memory->release();
    if (lane == nullptr || link.forked()) return;
    shm::CellBody body;
    if (unparked()) give_up_stream(), link.orphan(*lane);
    else if (!link.lanes().take_late(*lane, answer.sequence, body)) return;
    else if (stream != nullptr) link.streams().discard(std::move(stream), body);
    else link.lanes().discard(body);
  }

  /// The call goes on, but nobody will read the stream that it opens. The lane is this call's.
  void give_up_stream() noexcept {
    if (stream != nullptr) link.streams().abandon(lane->number, lane->end.sequence, std::move(stream));
  }
  /// As Link::give_up().
  void give_up(rpc::Lane& left, const Error& why) noexcept {
    if (stream != nullptr) link.streams().abandon(left.number, left.end.sequence, std::move(stream));
    link.give_up(left, why);
  }

  /// True if the lane is still this call's; else its reply was taken out of it.
  bool unparked() noexcept { return !parks || link.lanes().unpark(*lane, answer.sequence); }

  bool fail(const Error& why) noexcept {
    error = why;
    return false;
  }
  /// The call has ended and its reply is in `answer`: the request's memory and the lane are free.
  void leave(rpc::Lane& left) noexcept {
    if (parks) return link.lanes().give_back(left);
    if (keeps) std::swap(left.held, outgoing.held());
    if (!left.held.empty()) link.own().give_back(left.held);
    link.lanes().leave(left);
  }
  bool open_reply() noexcept;
  /// After the publishing of a call that no thread waits for: who stops serving takes what came until then, or is seen to have stopped.
  bool is_still_served() noexcept {
    // Between the publishing and the look at the word; ~Serving() has the other fence.
    shm::announced<Access>();
    if (link.is_served() || !unparked()) return true;
    give_up(*std::exchange(lane, nullptr), Error(Errc::cancelled));
    return fail(Error(Errc::would_block, "the peer left link(*client).run() while a call was sent to it", Execution::maybe));
  }

  TargetRef keeper;  // while its thread waits
  Target& target;
  Link& link;
  const std::uint32_t index;
  const bool parks;
  const bool keeps;                 // the request's memory until the end of this
  const std::uint64_t call_number;  // 0: none
  bool tries_direct = false;        // begin() left it to a DirectCall, which may leave it to this one
  const os::Deadline deadline;
  StopHolder stop;
  std::uint16_t number = 0;
  rpc::CurrentCall* outer = nullptr;  // its caller's thread runs this call; null: any
  rpc::Outgoing outgoing;
  rpc::Lane* lane = nullptr;  // while a call is under way in it
  std::optional<Error> error;
  rpc::PeerMemory::Pins pins;  // of a reply that has no slot
  std::shared_ptr<rpc::IncomingStream> stream;  // that the call opens; null: it opens none
  rpc::ReplyStorage* stream_memory = nullptr;   // of its reply; one reference
  Frame reply;
  rpc::BodyRoom room;
  struct alignas(16) Answer {
    std::uint32_t sequence = 0;  // of the call
    shm::CellBody body;          // private, once it is there
  };
  static_assert((offsetof(Answer, body) + shm::kHeadBytes) % 16 == 0, "content is read where it stands: as aligned as in a cell");
  Answer answer;
};

/// What comes near the bounds is counted on its way.
static bool fits_directly(const Measure& measure, Link& link) noexcept {
  std::uint64_t bytes = measure.body_bytes();
  for (std::uint32_t i = 0; i < measure.externals(); ++i) bytes += measure.range(i).bytes;
  return measure.attachments() == 0 && bytes <= link.own().limit_bytes() / 2;
}

Call::Call(Target& target, std::uint32_t method, const CallOptions* options, bool parked) noexcept
    : state_(target.reconnecting() == nullptr ? new (room_) State(target, method, options, parked, false, 0) : nullptr) {
  static_assert(sizeof(State) <= kRoom && alignof(State) <= 16);
  static_assert(sizeof(rpc::RepeatedCall) <= kRoom && alignof(rpc::RepeatedCall) <= 16);
  if (state_ == nullptr) new (room_) rpc::RepeatedCall(target, method, options, parked);
}
Call::Call(Target& target, std::uint32_t method, const CallOptions* options, bool parked, std::uint64_t number) noexcept
    : state_(new (room_) State(target, method, options, parked, true, number)) {}
Call::~Call() {
  if (state_ != nullptr) state_->~State();
  else repeated().~RepeatedCall();
}

rpc::RepeatedCall& Call::repeated() const noexcept { return *std::launder(reinterpret_cast<rpc::RepeatedCall*>(room_)); }

void Call::note_try() noexcept {
  if (state_ == nullptr) repeated().note_try();
}

bool Call::settle() noexcept { return state_ != nullptr || repeated().settle(); }

std::byte* Call::begin(const Measure& measure) noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().begin(measure);
  State& state = *state_;
  auto failed = [&](const Error& error) -> std::byte* {
    state.error = error;
    return nullptr;
  };
  if (state.link.forked()) return failed(forked_error());
  if (state.stop.requested()) return failed(rpc::stopped_error());
  state.link.bury();
  if (state.link.state() != LinkState::alive) return failed(state.link.dead_error(nullptr, state.target, state.index));
  if (!state.parks && state.target.is_direct(state.index) && fits_directly(measure, state.link)) [[unlikely]] {
    state.tries_direct = !state.tries_direct;
    if (state.tries_direct) return nullptr;
  }
  auto number = state.target.method(state.index);
  if (!number) return failed(number.error());
  state.number = *number;
  if (!state.parks) state.outer = state.link.chained_to();
  if (state.outer == nullptr && state.target.object() != 0 && !state.link.is_served()) return failed(unserved_error(state.target, state.index));
  auto body = state.outgoing.begin(measure);
  return body ? *body : failed(unsent_error(state.target, state.index, body.error()));
}

bool Call::may_be_direct() const noexcept { return state_ != nullptr && state_->tries_direct; }

bool Call::publish(bool complete) noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().publish(complete);
  State& state = *state_;
  if (!complete) return state.fail(Error(Errc::too_large, "the arguments changed while they were sent: another thread writes to them"));
  if (state.outer != nullptr) [[unlikely]] {
    const auto lane = state.link.take_chain_lane(*state.outer);
    if (!lane) return state.fail(lane.error());
    state.lane = *lane;
  } else {
    state.lane = state.parks ? state.link.lanes().take() : state.link.lanes().enter();
  }
  if (state.lane == nullptr) [[unlikely]] {
    auto lane = state.link.acquire_lane(state.deadline, &state.stop);
    if (!lane) return state.fail(unsent_error(state.target, state.index, lane.error()));
    state.lane = *lane;
  }
  if (state.outgoing.attaches()) {
    if (auto attached = state.outgoing.attach(state.deadline); !attached) {
      state.leave(*std::exchange(state.lane, nullptr));
      return state.fail(unsent_error(state.target, state.index, attached.error()));
    }
  }
  shm::CellBody body;
  body.method_or_status = state.number;
  state.outgoing.describe(body);
  std::swap(state.lane->held, state.outgoing.held());
  if (state.parks) body.flags = static_cast<std::uint8_t>(body.flags | shm::kNobodyWaits);
  if (state.outer != nullptr || state.target.object() != 0 || state.call_number != 0) [[unlikely]] {
    body.flags = static_cast<std::uint8_t>(body.flags | shm::kExtended);
    shm::Extension extension;
    extension.object = state.target.object();
    extension.call = state.call_number;
    if (state.outer != nullptr) extension.depth = static_cast<std::uint16_t>(state.outer->depth + 1);
    state.link.extend(*state.lane, extension);
  }
  if (state.outer != nullptr) state.link.send_chained(*state.lane, body, state.link.terms(state.deadline), *state.outer);
  else state.link.send_request(*state.lane, body, state.link.terms(state.deadline));
  state.answer.sequence = state.lane->end.sequence;
  if (state.parks) {
    if (!state.deadline.is_never()) state.link.expire(*state.lane, state.deadline);
    state.link.lanes().park(*state.lane);
  }
  return state.target.object() == 0 || state.outer != nullptr || state.is_still_served();
}

bool Call::wait() noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().wait();
  State& state = *state_;
  if (state.link.forked()) return state.fail(forked_error());
  if (state.lane == nullptr) return false;
  rpc::Lanes& lanes = state.link.lanes();
  rpc::Lane& lane = *std::exchange(state.lane, nullptr);
  if (state.parks && !lanes.unpark(lane, state.answer.sequence)) {
    return lanes.take_late(lane, state.answer.sequence, state.answer.body) ? state.open_reply() : state.fail(unpack_error());
  }
  if (!state.link.spin_for_reply(lane)) {
    // Its caller may let go of the client meanwhile, in a call back that this thread runs as it waits.
    retain(state.target);
    state.keeper = TargetRef(state.target);
    if (auto arrived = state.link.await_reply(lane, state.deadline, &state.stop, state.target, state.index); !arrived) {
      state.give_up(lane, arrived.error());
      return state.fail(arrived.error());
    }
  }
  shm::take<Access>(state.link.peer().replies[lane.number], state.answer.body);
  state.leave(lane);
  return state.open_reply();
}

bool Call::wait_until(std::chrono::steady_clock::time_point until) noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().wait_until(until);
  if (state_->link.forked()) return true;
  State& state = *state_;
  if (state.lane == nullptr || !state.unparked()) return true;
  const os::Deadline sooner = state.deadline.sooner(os::Deadline{until});
  bool done = state.link.spin_for_reply(*state.lane);
  if (!done) {
    const auto arrived = state.link.await_reply(*state.lane, sooner, &state.stop, state.target, state.index);
    done = arrived || arrived.error().errc() != Errc::timed_out || state.deadline.expired();
  }
  if (state.parks) state.link.lanes().park(*state.lane);
  return done;
}

void Call::cancel() noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().cancel();
  State& state = *state_;
  if (state.lane == nullptr || state.link.forked() || !state.unparked()) return;
  if (shm::reply_waits<Access>(state.link.peer(), state.lane->number, state.lane->end)) return state.link.lanes().park(*state.lane);
  static_cast<void>(state.fail(rpc::cancelled_error()));
  state.give_up(*std::exchange(state.lane, nullptr), *state.error);
}

bool Call::ended() const noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().ended();
  const State& state = *state_;
  if (state.lane == nullptr) return true;
  return state.link.forked() || state.stop.requested() || state.link.state() != LinkState::alive ||
         state.link.has_answer(*state.lane, state.answer.sequence);
}

const StopHolder* Call::stop() const noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().stop();
  return state_->lane != nullptr && state_->stop ? &state_->stop : nullptr;
}

std::chrono::steady_clock::time_point Call::deadline() const noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().deadline();
  return state_->lane != nullptr ? state_->deadline.at : os::TimePoint::max();
}

void Call::ask_for_ring() noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().ask_for_ring();
  if (!ended()) state_->link.lanes().ask_for_message(*state_->lane, state_->answer.sequence);
}

bool Call::State::open_reply() noexcept {
  shm::CellBody& body = answer.body;
  rpc::ReplyStorage* storage = nullptr;
  if ((body.flags & shm::kHasSlot) != 0) {
    if (shm::slot_of(body.after_or_slot) >= shm::kSlots) return fail(link.protocol_error("a reply names a slot that does not exist"));
    storage = new (std::nothrow) rpc::ReplyStorage(link, body.after_or_slot);
    if (storage == nullptr) {
      link.lanes().discard(body);
      return fail(unpack_error());
    }
  }
  const auto verdict = link.open_content(body, reply, room, storage, storage != nullptr ? storage->pins : pins);
  if (stream != nullptr && body.method_or_status == 0) stream_memory = storage;
  else if (storage != nullptr) storage->release();  // the frame's externals have references of their own
  if (verdict == rpc::PeerMemory::Verdict::no_memory) return fail(unpack_error());
  if (verdict == rpc::PeerMemory::Verdict::no_descriptors) return fail(rpc::lost_error(Execution::yes));
  // The root's versions were compared when the two sides met.
  if (target.object() != 0) reply.set(reply.body(), reply.bytes(), target.same_schema(), link.agreement().in_place);
  if (verdict != rpc::PeerMemory::Verdict::good) return fail(link.protocol_error("a reply names memory that was never handed over"));
  return body.method_or_status == 0 || fail(error_of_reply(link, body, reply));
}

bool Call::begin_stream(StreamTicket& ticket) noexcept try {
  State& state = *state_;
  if (state.link.forked()) return state.fail(forked_error());
  if (state.link.state() != LinkState::alive) return state.fail(state.link.dead_error(nullptr, state.target, state.index));
  const bool exact = state.target.object() != 0 ? state.target.same_schema() : state.link.agreement().same_schema;
  auto stream = state.link.streams().begin(exact, state.stop);
  if (!stream) return state.fail(stream.error());
  shm::StreamRequest request;
  if (auto made = (*stream)->make_credit(request); !made) return state.fail(unsent_error(state.target, state.index, made.error()));
  std::memcpy(ticket.bytes, &request, sizeof request);
  state.stream = std::move(*stream);
  return true;
} catch (const std::bad_alloc&) {
  return state_->fail(memory_error());
}

bool Call::open_stream(StreamReader& reader) noexcept {
  State& state = *state_;
  if (!state.stream->attach(state.reply, std::exchange(state.stream_memory, nullptr))) {
    return state.fail(state.link.protocol_error("a reply names a stream that does not exist"));
  }
  retain(state.target);
  reader = StreamReader(TargetRef(state.target), std::move(state.stream));
  return true;
}

Frame& Call::reply() noexcept { return state_ != nullptr ? state_->reply : repeated().reply(); }

Error Call::malformed() noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().malformed();
  if (state_->reply.refused()) return state_->reply.refusal(Execution::yes);
  return state_->reply.short_of_memory() ? unpack_error() : state_->link.protocol_error("a result does not check");
}

Error Call::error() const noexcept {
  if (state_ == nullptr) [[unlikely]] return repeated().error();
  return state_->error ? *state_->error : memory_error();
}

}  // namespace shmidl::stub
