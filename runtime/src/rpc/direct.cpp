// Calls that run on the thread of a caller in the server's own process.
#include <memory>
#include <new>

#include <shmidl/stub/direct.hpp>

#include "rpc/permits.hpp"
#include "rpc/serial.hpp"
#include "rpc/target.hpp"

namespace shmidl::stub {

using rpc::LinkState;

struct DirectCall::State {
  explicit State(Target& to) noexcept : target(to) {}
  Target& target;
  std::shared_ptr<Link> server;
};

DirectCall::DirectCall(Target& target, std::uint32_t method, const CallOptions* options, const void* const* arguments, void* result) noexcept
    : arguments_(arguments), result_(result), method_(method), state_(new (room_) State(target)) {
  static_assert(sizeof(State) <= kRoom && alignof(State) <= 16);
  if (!target.may_be_direct(method, options)) return;
  state_->server = target.meeting()->server();
  entered_ = state_->server != nullptr && state_->server->enter_directly(target.link());
  if (entered_) retain(target);  // also where the handler lets its client go
}

DirectCall::~DirectCall() {
  if (entered_) {
    state_->server->leave_directly();
    release(state_->target);
  }
  state_->~State();
}

std::optional<Error> DirectCall::run() noexcept { return state_->server->run_directly(method_, *this); }

// ── the client's end ──────────────────────────────────────────────────────────────────────────────

bool Target::may_be_direct(std::uint32_t method, const CallOptions* options) const noexcept {
  const rpc::CurrentCall* const serving = rpc::thread_memory.serving;
  return is_direct(method) && !link_->forked() && link_->state() == LinkState::alive && !link_->has_timeout() && info(method).deadline_ms == 0 &&
         (options == nullptr || (!options->timeout && !options->stop)) &&
         // What a call that may be given up calls is given up with it.
         (serving == nullptr || serving->lane() == rpc::CurrentCall::kDirect);
}

// ── the server's end ──────────────────────────────────────────────────────────────────────────────

bool Link::enter_directly(Link& client) noexcept {
  if (state() != LinkState::alive || drains_.load(std::memory_order_relaxed) || objects_->were_named() || client.objects_->were_named()) return false;
  const Terms terms = client.terms();
  // sync Link.oneways_done acquire: what the caller's oneway calls did is seen; pairs with release in run_oneway().
  if (terms.flags != 0 && static_cast<std::int32_t>(oneways_done_.load(std::memory_order_acquire) - terms.word) < 0) return false;
  rpc::Permits& permits = callee_.alarm->permits();
  if (!permits.try_take_in_turn()) return false;
  if (callee_.serial == nullptr || callee_.serial->try_enter_in_turn()) return true;
  permits.give();
  return false;
}

void Link::leave_directly() noexcept {
  if (callee_.serial != nullptr) {
    callee_.serial->leave();
    callee_.alarm->turn_ended();  // while the server's threads wait for this permit's end
  }
  callee_.alarm->permits().give();
}

}  // namespace shmidl::stub
