// One oneway call from the stub's side, of any size: Send.
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include <shmidl/stub/call.hpp>

#include "rpc/call_errors.hpp"
#include "rpc/outgoing.hpp"
#include "rpc/repeated_call.hpp"
#include "rpc/target.hpp"

namespace shmidl::stub {

using rpc::forked_error;
using rpc::unsent_error;
using rpc::unserved_error;
using shm::Access;

struct Send::State {
  /// `over`: of a client that reconnects, what it is connected with.
  State(Target& to, std::uint32_t method, const CallOptions* call_options, bool waits, TargetRef over) noexcept
      : keeper(std::move(over)), client(to), target(keeper ? *keeper : to), link(target.link()), index(method), may_wait(waits), options(call_options), outgoing(link) {}

  std::byte* begin() noexcept;
  bool publish() noexcept;
  bool attach() noexcept {
    const auto attached = outgoing.attach(may_wait ? link.deadline(options, target, index) : os::Deadline::in(std::chrono::nanoseconds::zero()));
    if (attached) return true;
    const bool full = !may_wait && attached.error().errc() == Errc::timed_out;
    error = full ? Error(Errc::would_block, attached.error().what()) : unsent_error(target, index, attached.error());
    return false;
  }

  const TargetRef keeper;
  Target& client;
  Target& target;
  Link& link;
  const std::uint32_t index;
  const bool may_wait;
  const CallOptions* const options;
  std::uint16_t number = 0;
  const Measure* measure = nullptr;  // its caller's
  std::byte* body = nullptr;
  rpc::Outgoing outgoing;
  std::optional<Error> error;
};

Send::Send(Target& target, std::uint32_t method, const CallOptions* options, bool may_wait) noexcept {
  static_assert(sizeof(State) <= kRoom && alignof(State) <= 16);
  if (target.reconnecting() == nullptr) {
    state_ = new (room_) State(target, method, options, may_wait, {});
    return;
  }
  auto over = ready_for_send(target, method, options, may_wait);
  state_ = new (room_) State(target, method, options, may_wait, over ? std::move(*over) : target.reconnecting()->current());
  if (!over) state_->error = over.error();
}
Send::~Send() { state_->~State(); }

std::byte* Send::begin(const Measure& measure) noexcept {
  state_->measure = &measure;
  return state_->begin();
}

std::byte* Send::State::begin() noexcept {
  if (error) return nullptr;
  auto failed = [&](const Error& why) -> std::byte* {
    error = why;
    return nullptr;
  };
  if (link.forked()) return failed(forked_error());
  auto found = target.method(index);
  if (!found) return failed(found.error());
  number = *found;
  if (target.object() != 0 && !link.is_served()) return failed(unserved_error(target, index));
  auto placed = outgoing.begin(*measure);
  return placed ? body = *placed : failed(unsent_error(target, index, placed.error()));
}

bool Send::State::publish() noexcept {
  if (outgoing.attaches() && !attach()) return false;
  shm::CellBody cell;
  cell.method_or_status = number;
  outgoing.describe(cell);
  if (target.object() != 0) {
    cell.flags = static_cast<std::uint8_t>(cell.flags | shm::kExtended);
    cell.after_or_slot = target.object();
  }
  auto sent = link.send_oneway(cell, outgoing.held(), may_wait, options, target, index);
  if (sent) return true;
  outgoing.retract();
  error = sent.error();
  return false;
}

bool Send::publish(bool complete) noexcept {
  State* now = state_;
  if (!complete) {
    now->error = Error(Errc::too_large, "the arguments changed while they were sent: another thread writes to them");
    return false;
  }
  std::unique_ptr<State> again;
  for (unsigned tries = 0; !now->publish(); ++tries) {
    const rpc::Reconnecting* const reconnecting = now->client.reconnecting();
    const bool repeats = reconnecting != nullptr && tries < reconnecting->options().reconnect.max_resends && rpc::RepeatedCall::is_repeatable(*now->error, now->target, false);
    std::unique_ptr<State> next;
    if (repeats) {
      auto over = ready_for_send(now->client, now->index, now->options, now->may_wait);
      if (over) next.reset(new (std::nothrow) State(now->client, now->index, now->options, now->may_wait, std::move(*over)));
      else now->error = over.error();
    }
    if (next != nullptr) {
      next->measure = now->measure;
      // What was written stands in the memory of the try before.
      if (next->begin() != nullptr) Access::write_range(next->body, now->body, static_cast<std::size_t>(now->measure->body_bytes()));
      else now->error = next->error, next.reset();
    }
    if (next == nullptr) {
      if (now != state_) state_->error = now->error;
      return false;
    }
    again = std::move(next);
    now = again.get();
  }
  return true;
}

Error Send::error() const noexcept { return state_->error ? *state_->error : Error(Errc::no_resources, "memory ran out while a call was packed"); }

}  // namespace shmidl::stub
