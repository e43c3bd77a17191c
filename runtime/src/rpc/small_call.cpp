// The small call from the caller's side: arguments and result of fixed size, one cell each way.
//
// What every such call does stands in begin_small and finish_small; all else is cold. Nothing here allocates, locks, formats or reads a clock
// before the first few hundred looks for the reply found none.
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include <shmidl/stub/call.hpp>

#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "shm/access.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using rpc::MethodMap;
using rpc::refuse;
using rpc::why_not;
using shm::Access;

namespace {

/// The reply did not come at once. Null once it is there.
[[gnu::noinline, gnu::cold]] Error* wait_for_reply(Link& link, const SmallCall& call) {
  // The deadline counts from here: a call that is answered at once does not read the clock, and the looks until now took a few microseconds.
  auto arrived = link.await_reply(*call.lane, link.deadline(call.options, call.method), call.method);
  if (arrived) return nullptr;
  link.lanes().orphan(*call.lane);
  return refuse(link, call.method, arrived.error());
}

[[gnu::noinline, gnu::cold]] Error* wait_for_lane(Link& link, SmallCall& call) {
  const auto lane = link.acquire_lane(link.deadline(call.options, call.method));
  if (!lane) return refuse(link, call.method, lane.error());
  call.lane = *lane;
  return nullptr;
}

}  // namespace

Error* begin_small(Link& link, std::uint32_t method, const CallOptions* options, SmallCall& call) noexcept {
  const std::uint16_t number = link.number(method);
  if (link.forked() || link.state() != LinkState::alive || number == MethodMap::kNoNumber) [[unlikely]] return why_not(link, method);
  call.method = method;
  call.number = number;
  call.options = options;
  call.lane = link.lanes().enter();
  if (call.lane == nullptr) [[unlikely]] {
    if (Error* error = wait_for_lane(link, call)) return error;
  }
  call.request = link.mine().requests[call.lane->number].body.content;
  return nullptr;
}

Error* finish_small(Link& link, SmallCall& call, std::uint32_t request_bytes, std::uint32_t reply_bytes) noexcept {
  rpc::Lane& lane = *call.lane;
  link.send_small_request(lane, call.number, request_bytes);
  if (!link.spin_for_reply(lane)) [[unlikely]] {
    if (Error* error = wait_for_reply(link, call)) return error;
  }
  const shm::CellBody& reply = link.peer().replies[lane.number].body;
  if (Access::read_number<std::uint64_t>(&reply) != shm::pack_head(0, 0, 0, reply_bytes)) [[unlikely]] {
    shm::CellBody body;
    shm::take<Access>(link.peer().replies[lane.number], body);
    link.lanes().leave(lane);
    return rpc::unusual_reply(link, call.method, body);
  }
  Access::read(call.reply.data(), reply.content, shm::kInlineBytes);
  link.lanes().leave(lane);
  return nullptr;
}

}  // namespace shmidl::stub
