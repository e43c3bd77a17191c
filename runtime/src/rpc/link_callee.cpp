// The callee's half of a Link: jobs taken, handlers run, replies sent.
#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <utility>

#include <shmidl/server.hpp>
#include <shmidl/stub/direct.hpp>
#include <shmidl/stub/throws.hpp>

#include "os/futex.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/error_content.hpp"
#include "rpc/guard.hpp"
#include "rpc/link.hpp"
#include "rpc/outgoing.hpp"
#include "rpc/streams.hpp"
#include "rpc/this_call.hpp"
#include "shm/access.hpp"
#include "shm/timeout.hpp"
#include "shm/wake.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using shm::Access;

[[gnu::always_inline]] inline bool Link::lane_ready(std::uint32_t lane) noexcept {
  using Next = rpc::CalleeLanes::Next;
  const Next next = callee_lanes_.next(theirs_, lane);
  if (next == Next::nothing || next == Next::waits) [[likely]] return next == Next::waits;
  return refuse_lane(next);
}

bool Link::refuse_lane(rpc::CalleeLanes::Next next) noexcept {
  const bool early = next == rpc::CalleeLanes::Next::early;
  static_cast<void>(protocol_error(early ? "the peer sent a call in a lane whose call is under way" : "the peer broke the numbering of its calls"));
  return false;
}

/// A quarter of the ring: the sender keeps room, and the word moves rarely. Chosen, not measured.
static constexpr std::uint32_t kAcknowledgeAfter = shm::kRingCells / 4;

std::uint32_t Link::lanes_in_use() const noexcept { return shm::lanes_in_use<Access>(theirs_); }

bool Link::oneway_ready() const noexcept {
  // sync Link.oneway_busy acquire: pairs with release in run_oneway(); oneway calls run one after the other.
  if (oneway_busy_.load(std::memory_order_acquire) || !shm::pop_waits<Access>(theirs_, ring_receiver_)) return false;
  switch (state()) {
    case LinkState::alive:
      return true;
    case LinkState::peer_died:
    case LinkState::peer_closed:
      // What was published before the end is still taken; a process that lives on may not go on with it.
      return oneways_after_death_ < shm::kRingCells;
    default:
      return false;
  }
}

bool Link::has_request() noexcept {
  if (rpc::Streams* const streams = known_streams(); streams != nullptr && streams->keeps_hot()) return true;
  if (shm::pop_waits<Access>(theirs_, ring_receiver_)) return true;
  const std::uint32_t lanes = lanes_in_use();
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (shm::look_for_request<Access>(theirs_, lane, callee_lanes_.last(lane)) != shm::Look::nothing) return true;
  }
  return false;
}

bool Link::has_job() noexcept {
  if (serial_busy()) return false;
  if (oneway_ready() && (oneway_waits_for_.get() == nullptr || !oneway_waits_for_.get()->busy_for(*this))) return true;
  if (rpc::Streams* const streams = known_streams(); streams != nullptr && streams->has_ready()) return true;
  if (state() != LinkState::alive) return false;
  const std::uint32_t lanes = lanes_in_use();
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (!lane_ready(lane)) continue;
    shm::CellBody body;
    shm::take<Access>(theirs_.requests[lane], body);
    // sync Link.oneways_done acquire: pairs with release in run_oneway().
    if (shm::in_order(body, oneways_done_.load(std::memory_order_acquire)) && may_enter(lane, body)) return true;
  }
  return false;
}

bool Link::may_have_job() noexcept {
  if (serial_busy()) return state() != LinkState::alive;
  if (oneway_running()) {
    if (state() != LinkState::alive) return false;
  } else {
    if (state() != LinkState::alive) return true;
    const shm::RingReceiver end{std::atomic_ref(ring_receiver_.last).load(std::memory_order_relaxed)};
    if (shm::pop_waits<Access>(theirs_, end)) return true;
  }
  if (rpc::Streams* const streams = known_streams(); streams != nullptr && streams->has_ready()) return true;
  const std::uint32_t lanes = lanes_in_use();
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (shm::look_for_request<Access>(theirs_, lane, callee_lanes_.glance(lane)) != shm::Look::nothing) return true;
  }
  return false;
}

bool Link::take_job(Job& job) noexcept {
  rpc::Streams* const streams = known_streams();
  // Calls first, but not always: a stream goes on however many calls come. Chosen, not measured.
  constexpr std::uint32_t kCalls = 16;
  if (streams != nullptr && ++jobs_since_streams_ % kCalls == 0 && streams->take(job)) return true;
  // In turn: neither a stream of oneway calls nor one of calls keeps the other waiting.
  if (oneway_was_last_ ? take_call(job) || take_oneway(job) : take_oneway(job) || take_call(job)) return true;
  return streams != nullptr && streams->take(job);
}

bool Link::take_oneway(Job& job) noexcept {
  if (!oneway_ready()) return false;
  look_at_oneway(job);
  if (!enter_oneway(job)) return false;
  begin_oneway();
  return true;
}

[[gnu::always_inline]] inline void Link::look_at_oneway(Job& job) noexcept {
  shm::RingReceiver end = ring_receiver_;
  shm::pop<Access>(theirs_, end, job.body);
  job.kind = Job::Kind::oneway;
}

[[gnu::always_inline]] inline bool Link::enter_oneway(Job& job) noexcept {
  return (job.body.flags & shm::kExtended) == 0 ? enter_object() : enter_addressed(job.body.after_or_slot, job.turn, &oneway_waits_for_);
}

void Link::begin_oneway() noexcept {
  if (state() != LinkState::alive) ++oneways_after_death_;
  oneway_busy_.store(true, std::memory_order_relaxed);
  oneway_was_last_ = true;
  std::atomic_ref(ring_receiver_.last).store(ring_receiver_.last + 1, std::memory_order_relaxed);  // may_have_job() reads it at any time
}

[[gnu::always_inline]] inline bool Link::take_call_in(std::uint32_t lane, Job& job) noexcept {
  shm::take<Access>(theirs_.requests[lane], job.body);
  // Most calls are the root's, and of threads that sent no oneway calls.
  if ((job.body.flags & (shm::kAfterOneway | shm::kExtended)) == 0 ? !enter_object() : !enter_in_order(lane, job)) return false;
  callee_lanes_.begin(lane, job);
  oneway_was_last_ = false;
  last_lane_ = lane;
  return true;
}

bool Link::take_chained(std::uint32_t lane, std::optional<std::uint32_t> only, Job& job) noexcept {
  const std::lock_guard lock(callee_lanes_.chain_mutex);
  if (only && callee_lanes_.last(lane).sequence + 1 != *only) return false;
  if (!lane_ready(lane)) return false;
  shm::take<Access>(theirs_.requests[lane], job.body);
  job.more = {};
  if ((job.body.flags & shm::kExtended) != 0) Access::read(&job.more, &theirs_.control.extension[lane], sizeof job.more);
  callee_lanes_.begin(lane, job);
  return true;
}

bool Link::take_call(Job& job) noexcept {
  // A caller that died or left wants no answer: only what it sent without wanting one is still taken.
  if (state() != LinkState::alive) return false;
  const std::uint32_t lanes = lanes_in_use();
  for (std::uint32_t i = 0; i < lanes; ++i) {
    const std::uint32_t lane = next_lane_ < lanes ? next_lane_ : 0;
    next_lane_ = lane + 1;
    if (lane_ready(lane) && take_call_in(lane, job)) return true;
  }
  return false;
}

bool Link::expect_call(Job& job) noexcept {
  // Chosen by measurement: a look at one line is a fifth of a look at all that a link has, and others wait no longer than half a microsecond.
  constexpr int kLooks = 32;
  const std::uint32_t lane = last_lane_;
  for (int look = 0; look < kLooks; ++look) {
    if (shm::look_for_request<Access>(theirs_, lane, callee_lanes_.last(lane)) != shm::Look::nothing) {
      return state() == LinkState::alive && lane < lanes_in_use() && lane_ready(lane) && take_call_in(lane, job);
    }
    shm::pause();
  }
  return false;
}

void Link::mark_started(std::uint32_t lane) noexcept { shm::mark_started<Access>(mine_, lane, callee_lanes_.last(lane)); }

void Link::wake_caller(std::uint32_t lane) noexcept {
  if (agreement_.peer_never_sleeps) return;
  const shm::CallerWaiting how = shm::caller_waits<Access>(theirs_, lane);
  if (how == shm::kOnReply) os::wake(os::word_of(mine_.replies[lane].sequence), 1);
  else if (how == shm::kOnMessage) [[unlikely]] ring_socket();
}

void Link::send_reply(std::uint32_t lane, const shm::CellBody& body) noexcept {
  const shm::CalleeLane end = callee_lanes_.end(lane);
  shm::send_reply<Access>(mine_, lane, end, body);
  wake_caller(lane);
}

void Link::send_small_reply(std::uint32_t lane, std::uint32_t bytes) noexcept {
  const shm::CalleeLane end = callee_lanes_.end(lane);
  shm::send_written_reply<Access>(mine_, lane, end, shm::pack_head(0, 0, 0, bytes));
  wake_caller(lane);
}

void Link::announce(shm::Waiting how) noexcept { shm::announce_callee<Access>(mine_, how); }

std::uint32_t Link::bell_count() const noexcept { return shm::bell_count<Access>(theirs_); }

/// Most requests are for the root object and stand in their cell, of which the job has a private copy; `but`: flags with which it does not count.
static bool stands_in_its_cell(const Link::Job& job, std::uint8_t but = shm::kContentInArena | shm::kExtended) noexcept {
  return (job.body.flags & but) == 0 && job.body.descriptors == 0 && job.body.content_bytes <= shm::kInlineBytes;
}

/// The private copy of a request stands on the stack up to here: an array that travels in the body, and something beside it. Chosen, not measured.
static constexpr std::size_t kNearBytes = kCopyLimit + 512;

[[gnu::always_inline]] inline void Link::dispatch(ServerCall& call, Object& object, const Interface& interface, std::uint32_t method) noexcept {
  if (method >= interface.methods.size()) return call.unknown_method();
  const MethodInfo& info = interface.methods[method];
  if (info.oneway != (call.lane_ == ServerCall::kOneway)) return call.malformed();
  if ((info.traits & kGuarded) != 0 || callee_.asks_always) [[unlikely]] {
    const rpc::Guard& guard = callee_.guard != nullptr ? *callee_.guard : rpc::Guard::of_nobody();
    if (const auto refusal = guard.refusal(agreement_.peer, interface, info)) return call.fail(*refusal);
  }
  try {
    try {
      interface.dispatch(object, method, call);
    } catch (const Error& error) {
      // Before the handler began, an error is the library's own; after that it is the service's.
      call.fail(call.started_ ? Error(Errc::service_error, error.what(), Execution::yes) : error);
    } catch (const std::exception& error) {
      call.fail(Error(call.started_ ? Errc::service_error : Errc::no_resources, error.what(), call.started_ ? Execution::yes : Execution::no));
    } catch (...) {
      call.fail(Error(Errc::service_error, rpc::text_of_foreign_exception(), Execution::yes));
    }
  } catch (const std::bad_alloc&) {
    call.fail(out_of_memory_);
  }
}

[[gnu::always_inline]] inline void Link::run_small_call(Job& job, os::Deadline deadline) noexcept {
  const rpc::CurrentCall current(*this, id_, job.lane, deadline, (job.body.flags & shm::kNobodyWaits) == 0);
  ServerCall call(*this, job.lane, mine_.replies[job.lane].body.content);
  rpc::LazyOutgoing outgoing(*this);
  call.outgoing_ = &outgoing;
  call.request_.set(job.body.content, job.body.content_bytes, agreement_.same_schema, agreement_.in_place);
  dispatch(call, *callee_.object, *callee_.interface, job.body.method_or_status);
  if (call.outcome_ == ServerCall::Outcome::small) [[likely]] return send_small_reply(job.lane, call.reply_bytes_);
  finish_call(job.lane, call, outgoing);
}

[[gnu::always_inline]] inline void Link::serve_call(Job& job) noexcept {
  constexpr std::uint8_t kNotPlain = shm::kContentInArena | shm::kTimeout | shm::kExtended;
  if (!stands_in_its_cell(job, kNotPlain) || early_.load(std::memory_order_relaxed)) [[unlikely]] return run_other_call(job);
  run_small_call(job, os::Deadline::never());
}

std::optional<Error> Link::run_directly(std::uint32_t method, DirectCall& direct) noexcept {
  const rpc::CurrentCall current(*this, id_, rpc::CurrentCall::kDirect, os::Deadline::never());
  ServerCall call(*this, ServerCall::kDirect, reinterpret_cast<std::byte*>(&direct));
  call.request_.set(nullptr, direct.odd_bytes(), true, true);
  dispatch(call, *callee_.object, *callee_.interface, method);
  if (call.outcome_ != ServerCall::Outcome::error) return std::nullopt;
  const std::string_view text = call.error_->what();
  if (text.size() <= kMaxErrorText) return std::move(call.error_);
  const Error cut(call.error_->errc(), std::string(text.substr(0, kMaxErrorText)), call.error_->execution());
  return detail::ErrorAccess::with(cut, detail::ErrorAccess::payload(*call.error_));
}

// For chained calls, which are run from elsewhere.
void Link::run_call(Job& job) noexcept { serve_call(job); }

void Link::run(Job& job) noexcept {
  if (job.kind == Job::Kind::call) [[likely]] serve_call(job);
  else if (job.kind == Job::Kind::stream) return streams().run(job);
  else run_oneway(job);
  if (callee_.serial != nullptr && is_roots(job)) callee_.serial->leave();
}

bool Link::run_next_oneway(Job& job) noexcept {
  if (!take_oneway(job)) return false;
  run_oneway(job);
  return true;
}

bool Link::help_with_oneway() noexcept {
  if (!oneway_ready()) return false;
  Job job;
  look_at_oneway(job);
  const bool in_turn = is_in_turn(job);
  if (!in_turn && !enter_oneway(job)) return false;
  begin_oneway();
  if (in_turn) run_oneway(job);
  else run(job);
  return true;
}

void Link::run_oneway(Job& job) noexcept {
  if (stands_in_its_cell(job)) [[likely]] {
    const rpc::CurrentCall current(*this, id_, rpc::CurrentCall::kOneway, os::Deadline::never());
    SmallContent no_reply;
    ServerCall call(*this, ServerCall::kOneway, no_reply.bytes.data());
    call.request_.set(job.body.content, job.body.content_bytes, agreement_.same_schema, agreement_.in_place);
    dispatch_oneway(call, job, *callee_.object, *callee_.interface);
  } else {
    run_large_oneway(job);
  }
  const std::uint32_t number = ring_receiver_.last;
  // sync Link.oneways_done release: the handler has ended; pairs with acquire in take_call().
  oneways_done_.store(number, std::memory_order_release);
  // In batches while more wait: each acknowledgement moves a line, and those that wait will bring the next one.
  if (number - oneways_acknowledged_ >= kAcknowledgeAfter || !shm::pop_waits<Access>(theirs_, ring_receiver_)) acknowledge_oneways(number);
  // sync Link.oneway_busy release: the next one may begin, on any thread; pairs with acquire in oneway_ready().
  oneway_busy_.store(false, std::memory_order_release);
}

void Link::run_large_oneway(Job& job) noexcept {
  const rpc::SerialTurn turn = std::move(job.turn);
  rpc::NumberedCall current(*this, id_, rpc::CurrentCall::kOneway, os::Deadline::never());
  rpc::Addressee to;
  const bool is_there = find_addressee(job, current, to);
  current.turn = to.is_root ? callee_.serial : turn.get();
  SmallContent no_reply;
  ServerCall call(*this, ServerCall::kOneway, no_reply.bytes.data());
  rpc::PeerMemory::Pins pins;
  alignas(16) std::byte near[kNearBytes];
  rpc::BodyRoom room{near};
  const auto verdict = open_content(job.body, call.request_, room, nullptr, pins);
  if (verdict == rpc::PeerMemory::Verdict::good) {
    if (!to.is_root) call.request_.set(call.request_.body(), call.request_.bytes(), false, agreement_.in_place);
    if (is_there) dispatch_oneway(call, job, *to.object, *to.interface);
  } else if (verdict == rpc::PeerMemory::Verdict::nonsense) {
    static_cast<void>(protocol_error("a oneway call names memory that was never handed over"));
  }
}

void Link::dispatch_oneway(ServerCall& call, const Job& job, Object& object, const Interface& interface) noexcept {
  dispatch(call, object, interface, job.body.method_or_status);
  if (call.outcome_ == ServerCall::Outcome::malformed) static_cast<void>(protocol_error("the arguments of a oneway call do not check"));
}

void Link::acknowledge_oneways(std::uint32_t number) noexcept {
  oneways_acknowledged_ = number;
  shm::acknowledge<Access>(mine_, number);
  if (objects_->has_dead() && callee_.alarm != nullptr) [[unlikely]] callee_.alarm->ring(*this);  // what these calls were for may go now
  if (!agreement_.peer_never_sleeps && shm::room_wanted<Access>(theirs_)) os::wake(os::word_of(mine_.control.taken), os::kWakeAll);
}

void Link::refuse_unopened(const Job& job, const Error& error) noexcept {
  // Before the reply, which tells the sender that they are gone.
  if (job.body.descriptors != 0) drop_attachments(job.body);
  reply_with_error(job.lane, error);
}

void Link::run_other_call(Job& job) noexcept {
  rpc::SerialTurn turn = std::move(job.turn);
  // What is chained belongs to a call that runs.
  if (drains_.load(std::memory_order_relaxed) && job.lane < shm::kCallLanes) [[unlikely]] {
    return refuse_unopened(job, Error(Errc::draining, "`" + agreement_.name + "` is draining: it takes no new calls", Execution::no));
  }
  os::Deadline deadline;
  if ((job.body.flags & shm::kTimeout) != 0) {
    const auto left = shm::unpack_timeout(job.body.after_or_slot);
    if (left <= left.zero()) return refuse_unopened(job, Error(Errc::timed_out, "the deadline had passed before the call began", Execution::no));
    deadline = os::Deadline::in(left);
  }
  if (early_.load(std::memory_order_relaxed)) [[unlikely]] {
    const auto why = stops_->given_up(job.lane, sequence_taken(job.lane));
    // First what is assumed, then the look: whoever notes one more stores after that.
    early_.store(false, std::memory_order_seq_cst);
    if (stops_->any_early() || drains_.load(std::memory_order_seq_cst)) early_.store(true, std::memory_order_seq_cst);
    if (why) {
      const char* const what = *why == Errc::timed_out ? "the deadline passed before the call began" : "the caller gave the call up before it began";
      return refuse_unopened(job, Error(*why, what, Execution::no));
    }
  }
  if (stands_in_its_cell(job)) run_small_call(job, deadline);
  else run_large_call(job, deadline, turn);
}

void Link::run_large_call(Job& job, os::Deadline deadline, rpc::SerialTurn& turn) noexcept {
  rpc::NumberedCall current(*this, id_, job.lane, deadline, (job.body.flags & shm::kNobodyWaits) == 0);
  rpc::Addressee to;
  const bool is_there = find_addressee(job, current, to);
  current.turn = to.is_root ? callee_.serial : turn.get();
  ServerCall call(*this, job.lane, mine_.replies[job.lane].body.content);
  rpc::LazyOutgoing outgoing(*this);
  call.outgoing_ = &outgoing;
  rpc::PeerMemory::Pins pins;
  alignas(16) std::byte near[kNearBytes];
  rpc::BodyRoom room{near};
  // The root's versions were compared when the two sides met.
  const bool exact = to.is_root && agreement_.same_schema;
  auto verdict = rpc::PeerMemory::Verdict::good;
  if (stands_in_its_cell(job, shm::kContentInArena)) call.request_.set(job.body.content, job.body.content_bytes, exact, agreement_.in_place);
  else verdict = open_content(job.body, call.request_, room, nullptr, pins);
  if (verdict == rpc::PeerMemory::Verdict::good) [[likely]] {
    if (exact != call.request_.exact()) call.request_.set(call.request_.body(), call.request_.bytes(), exact, agreement_.in_place);
    if (is_there) dispatch(call, *to.object, *to.interface, job.body.method_or_status);
    else call.fail(Error(Errc::not_executed, "the object of the call is not there any more", Execution::no));
  } else if (verdict == rpc::PeerMemory::Verdict::no_memory) {
    call.fail(out_of_memory_);
  } else if (verdict == rpc::PeerMemory::Verdict::no_descriptors) {
    call.fail(rpc::lost_error(Execution::no));
  } else {
    return static_cast<void>(protocol_error("a call names memory that was never handed over"));
  }
  turn.end();  // before the reply, whose reader may call the object again
  finish_call(job.lane, call, outgoing);
}

void Link::finish_call(std::uint32_t lane, ServerCall& call, rpc::LazyOutgoing& outgoing) noexcept {
  switch (call.outcome_) {
    case ServerCall::Outcome::small:
      return send_small_reply(lane, call.reply_bytes_);
    case ServerCall::Outcome::large:
      return reply_with_content(lane, outgoing.get());
    case ServerCall::Outcome::stream:
      return reply_with_stream(lane, outgoing.get());
    case ServerCall::Outcome::malformed:
      return static_cast<void>(protocol_error("the arguments of a call do not check"));
    case ServerCall::Outcome::error:
      return reply_with_error(lane, *call.error_);
  }
}

void Link::reply_with_content(std::uint32_t lane, rpc::Outgoing& outgoing) noexcept {
  shm::CellBody reply;
  if (describe_reply(outgoing, reply)) return send_reply(lane, reply);
  reply_with_error(lane, Error(Errc::no_resources, "the caller holds too many results of earlier calls", Execution::yes));
}

bool Link::describe_reply(rpc::Outgoing& outgoing, shm::CellBody& reply) noexcept {
  outgoing.describe(reply);
  if (outgoing.held().empty()) return true;
  const auto slot = own_->take_slot(theirs_, outgoing.held());
  if (!slot) {
    outgoing.retract();
    return false;
  }
  reply.flags = static_cast<std::uint8_t>(reply.flags | shm::kHasSlot);
  reply.after_or_slot = *slot;
  return true;
}

void Link::reply_with_error(std::uint32_t lane, const Error& error) noexcept {
  rpc::Outgoing outgoing(*this);
  shm::CellBody reply;
  const auto execution = static_cast<std::byte>(error.execution());
  const std::string_view text = error.what();
  const auto* thrown = dynamic_cast<const EncodedError*>(detail::ErrorAccess::payload(error).get());
  if (!outgoing.set_error({execution, text.substr(0, kMaxErrorText), thrown}) || !describe_reply(outgoing, reply)) {
    rpc::put_short_error(error, reply);
  }
  reply.method_or_status = static_cast<std::uint16_t>(error.errc());
  send_reply(lane, reply);
}

void ServerCall::started() noexcept {
  started_ = true;
  if (lane_ < kDirect) link_->mark_started(lane_);
}

}  // namespace shmidl::stub
