// The small call from the caller's side: arguments and result of fixed size, one cell each way.
//
// What every such call does stands in begin_small and finish_small; all else is cold. Nothing here allocates, locks, formats or reads a clock
// before the first few hundred looks for the reply found none.
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include <shmidl/stub/call.hpp>

#include "rpc/call_errors.hpp"
#include "rpc/repeated_call.hpp"
#include "rpc/target.hpp"
#include "shm/access.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using rpc::MethodMap;
using rpc::refuse;
using rpc::why_not;
using shm::Access;

namespace {

/// The reply did not come at once. Null once it is there.
[[gnu::noinline, gnu::cold]] Error* wait_for_reply(const Target& target, const SmallCall& call) {
  Link& link = *call.link;
  // The deadline counts from here: a call that is answered at once does not read the clock, and the looks until now took a few microseconds.
  const StopHolder* const stop = call.options != nullptr ? &call.options->stop : nullptr;
  auto arrived = link.await_reply(*call.lane, link.deadline(call.options, target, call.method), stop, target, call.method);
  if (arrived) return nullptr;
  link.give_up(*call.lane, arrived.error());
  return refuse(target, call.method, arrived.error());
}

/// Once the reply is there.
[[gnu::always_inline]] inline Error* take_reply(const Target& target, SmallCall& call, std::uint32_t reply_bytes) noexcept {
  Link& link = *call.link;
  rpc::Lane& lane = *call.lane;
  const shm::CellBody& reply = link.peer().replies[lane.number].body;
  if (Access::read_number<std::uint64_t>(&reply) != shm::pack_head(0, 0, 0, reply_bytes)) [[unlikely]] {
    shm::CellBody body;
    shm::take<Access>(link.peer().replies[lane.number], body);
    link.lanes().leave(lane);
    return rpc::unusual_reply(target, call.method, body);
  }
  Access::read(call.reply.data(), reply.content, shm::kInlineBytes);
  link.lanes().leave(lane);
  return nullptr;
}

/// The reply did not come at once. Its caller may let go of the client meanwhile, in a call back that this thread runs as it waits.
[[gnu::noinline, gnu::cold]] Error* finish_late(Target& target, SmallCall& call, std::uint32_t reply_bytes) noexcept {
  retain(target);
  const TargetRef keeper(target);
  if (Error* error = wait_for_reply(target, call)) return error;
  return take_reply(target, call, reply_bytes);
}

/// The call goes another way: to an object that is not the root. Its arguments wait in private memory.
void call_in_full(SmallCall& call) noexcept {
  call.lane = nullptr;
  call.chain = SmallCall::kNoChain;
  call.request = call.reply.data();
}

/// The call goes to the thread that waits for the end of `outer`, in a lane of its own.
Error* begin_chained(Target& target, const rpc::CurrentCall& outer, SmallCall& call) noexcept {
  Link& link = target.link();
  if (call.options != nullptr && call.options->stop.requested()) return refuse(target, call.method, rpc::stopped_error());
  link.bury();
  const auto number = target.method(call.method);
  if (!number) return refuse(target, call.method, number.error());
  const auto lane = link.take_chain_lane(outer);
  if (!lane) return refuse(target, call.method, lane.error());
  call.link = &link;
  call.lane = nullptr;
  call.chain = static_cast<std::uint16_t>((*lane)->number);
  call.number = *number;
  call.request = link.mine().requests[call.chain].body.content;
  return nullptr;
}

Error* finish_chained(Target& target, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes) noexcept {
  Link& link = *call.link;
  call.lane = &link.lanes().chain_lane(call.chain);
  link.send_small_chained(*call.lane, target.object(), call.number, request_bytes, link.terms(call.options, target, call.method), *link.chained_to());
  if (!link.spin_for_reply(*call.lane)) return finish_late(target, call, reply_bytes);
  return take_reply(target, call, reply_bytes);
}

[[gnu::noinline, gnu::cold]] Error* begin_otherwise(Target& target, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept {
  return target.may_be_direct(method, options) ? kTryDirect : begin_in_full(target, method, options, call);
}

/// One try over what a client that reconnects is connected with, as cheap as a call of one that does not. False: the call is to be made in full,
/// in the time that is left.
bool finish_over(Target& now, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes, bool repeats, Error*& error) noexcept {
  SmallCall once;
  error = begin_small(now, call.method, call.options, once);
  if (error == nullptr) {
    Access::write(once.request, call.reply.data(), request_bytes);
    error = finish_small(now, once, request_bytes, reply_bytes);
  }
  if (error == nullptr) {
    std::memcpy(call.reply.data(), once.reply.data(), reply_bytes);
    return true;
  }
  if (!repeats || !rpc::RepeatedCall::is_repeatable(*error, now, false)) return true;
  now.link().note_drain();
  delete std::exchange(error, nullptr);
  return false;
}

[[gnu::noinline, gnu::cold]] Error* finish_in_full(Target& target, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes) noexcept {
  if (call.chain != SmallCall::kNoChain) return finish_chained(target, call, request_bytes, reply_bytes);
  retain(target);
  const TargetRef keeper(target);  // as in finish_late()
  CallOptions left;
  bool tried = false;
  if (target.reconnecting() != nullptr && (target.info(call.method).traits & kIdempotent) == 0) {
    if (const TargetRef now = target.reconnecting()->alive()) {
      const bool timed = may_be_timed(call.options, target);
      const os::Deadline deadline = timed ? (*now).link().deadline(call.options, *now, call.method) : os::Deadline::never();
      Error* error = nullptr;
      if (finish_over(*now, call, request_bytes, reply_bytes, target.reconnecting()->options().reconnect.max_resends != 0, error)) return error;
      if (call.options != nullptr) left.stop = call.options->stop;
      if (timed && !deadline.is_never()) left.timeout = deadline.left();
      call.options = &left;
      tried = true;
    }
  }
  Call full(target, call.method, call.options);
  if (tried) full.note_try();
  Measure measure;
  measure.room(request_bytes, 8);
  std::byte* body = full.begin(measure);
  if (body == nullptr && full.may_be_direct()) body = full.begin(measure);  // it was tried
  if (body != nullptr) Access::write(body, call.reply.data(), request_bytes);
  if (body == nullptr || !full.publish(true) || !full.wait()) return std::make_unique<Error>(full.error()).release();
  const Frame& reply = full.reply();
  if (reply.bytes() != reply_bytes) return std::make_unique<Error>(full.malformed()).release();
  std::memcpy(call.reply.data(), reply.body(), reply_bytes);
  return nullptr;
}

[[gnu::noinline, gnu::cold]] Error* wait_for_lane(Target& target, SmallCall& call) {
  Link& link = *call.link;
  if (const rpc::CurrentCall* const outer = link.chained_to()) return begin_chained(target, *outer, call);
  const StopHolder* const stop = call.options != nullptr ? &call.options->stop : nullptr;
  const auto lane = link.acquire_lane(link.deadline(call.options, target, call.method), stop);
  if (!lane) return refuse(target, call.method, lane.error());
  call.lane = *lane;
  return nullptr;
}

/// Stands at an address that no error has.
alignas(Error) std::byte try_direct{};

}  // namespace

Error* const kTryDirect = reinterpret_cast<Error*>(&try_direct);

[[gnu::noinline, gnu::cold]] Error* begin_in_full(Target& target, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept {
  call.method = method;
  call.options = options;
  call_in_full(call);
  if (target.reconnecting() != nullptr) return nullptr;
  Link& link = target.link();
  if (link.forked() || link.state() != LinkState::alive || !target.goes_in_full() || !target.method(method)) return why_not(target, method);
  if (const rpc::CurrentCall* const outer = link.chained_to()) return begin_chained(target, *outer, call);
  call.link = &link;
  return nullptr;
}

Error* begin_small(Target& target, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept {
  const std::uint16_t number = target.number(method);
  if (number == MethodMap::kNoNumber) [[unlikely]] return begin_otherwise(target, method, options, call);
  Link& link = target.link();
  if (link.forked() || link.state() != LinkState::alive) [[unlikely]] return begin_otherwise(target, method, options, call);
  if (options != nullptr && options->stop.requested()) [[unlikely]] return refuse(target, method, rpc::stopped_error());
  call.link = &link;
  call.method = method;
  call.number = number;
  call.options = options;
  call.lane = link.lanes().enter();
  if (call.lane == nullptr) [[unlikely]] {
    if (Error* error = wait_for_lane(target, call)) return error;
    if (call.lane == nullptr) return nullptr;
  }
  call.request = link.mine().requests[call.lane->number].body.content;
  return nullptr;
}

Error* finish_small(Target& target, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes) noexcept {
  if (call.lane == nullptr) [[unlikely]] return finish_in_full(target, call, request_bytes, reply_bytes);
  Link& link = *call.link;
  rpc::Lane& lane = *call.lane;
  const bool timed = may_be_timed(call.options, target);
  link.send_small_request(lane, call.number, request_bytes, timed ? link.terms(call.options, target, call.method) : link.terms());
  if (!link.spin_for_reply(lane)) [[unlikely]] return finish_late(target, call, reply_bytes);
  return take_reply(target, call, reply_bytes);
}

}  // namespace shmidl::stub
