// How long a Link's calls may take, and what happens when their callers give them up.
#include <chrono>
#include <optional>

#include "os/socket.hpp"
#include "rpc/expiry.hpp"
#include "rpc/hello.hpp"
#include "rpc/target.hpp"
#include "rpc/this_call.hpp"
#include "shm/access.hpp"
#include "shm/timeout.hpp"

namespace shmidl::stub {

using rpc::LinkState;
using std::chrono::nanoseconds;

std::optional<nanoseconds> Link::timeout(const CallOptions* options, const Target& target, std::uint32_t method) const noexcept {
  if (options != nullptr && options->timeout) return options->timeout;
  if (caller_.timeout) return caller_.timeout;
  if (const std::uint32_t own = target.info(method).deadline_ms; own != 0) return std::chrono::milliseconds(own);
  return std::nullopt;
}

/// Of the call that this thread serves.
static os::Deadline outer_deadline() noexcept {
  const rpc::CurrentCall* const serving = rpc::thread_memory.serving;
  return serving != nullptr ? serving->deadline() : os::Deadline::never();
}

os::Deadline Link::deadline(const CallOptions* options, const Target& target, std::uint32_t method) const noexcept {
  const auto own = timeout(options, target, method);
  return (own ? os::Deadline::in(*own) : os::Deadline::never()).sooner(outer_deadline());
}

Link::Terms Link::terms(std::optional<nanoseconds> timeout) noexcept {
  Terms terms = this->terms();
  if (!timeout) return terms;
  if (const auto packed = shm::pack_timeout(*timeout, terms.word)) terms = {static_cast<std::uint8_t>(terms.flags | shm::kTimeout), *packed};
  return terms;
}

Link::Terms Link::terms(const CallOptions* options, const Target& target, std::uint32_t method) noexcept {
  auto left = timeout(options, target, method);
  if (const os::Deadline outer = outer_deadline(); !outer.is_never()) left = std::min(left.value_or(nanoseconds::max()), outer.left());
  return terms(left);
}

void Link::send_cancel(std::uint32_t lane, std::uint32_t sequence, Errc why) noexcept {
  rpc::CancelMessage message;
  message.lane = lane;
  message.sequence = sequence;
  message.errc = static_cast<std::uint32_t>(why);
  if (unsent_.send(socket_, message)) [[unlikely]] static_cast<void>(rpc::Watcher::tick(weak_from_this(), os::Clock::now()));
}

void Link::give_up(rpc::Lane& lane, const Error& error) noexcept {
  const bool peer_goes_on = error.errc() == Errc::timed_out || error.errc() == Errc::cancelled;
  if (peer_goes_on && state() == LinkState::alive) send_cancel(lane.number, lane.end.sequence, error.errc());
  orphan(lane);
}

void Link::take_cancel(std::span<const std::byte> content) noexcept {
  rpc::CancelMessage message;
  const bool good = rpc::read_message(content, rpc::MessageKind::cancel, message) && message.lane < shm::kLanes &&
                    (message.errc == static_cast<std::uint32_t>(Errc::cancelled) || message.errc == static_cast<std::uint32_t>(Errc::timed_out));
  if (!good) return static_cast<void>(protocol_error("the peer gave up a call that cannot be"));
  stops_->cancel(message.lane, message.sequence, static_cast<Errc>(message.errc), callee_lanes_.last(message.lane).sequence);
  if (stops_->any_early()) early_.store(true, std::memory_order_seq_cst);
}

// ── draining ──────────────────────────────────────────────────────────────────────────────────────

void Link::drain() noexcept {
  drains_.store(true, std::memory_order_seq_cst);
  early_.store(true, std::memory_order_seq_cst);  // each call is looked at before it runs
  rpc::NumberMessage message;
  // A peer whose socket is full learns it from the refusals.
  static_cast<void>(os::send(socket_, rpc::seal_message(message, rpc::MessageKind::drain)));
}

bool Link::cut() noexcept {
  if (state() != LinkState::alive) return true;
  rpc::NumberMessage message;
  message.number = 1;
  const auto told = os::send(socket_, rpc::seal_message(message, rpc::MessageKind::drain));
  if (!told && told.error().errc() == Errc::would_block) {
    // From the end of the socket alone its callers would conclude that what has not begun never will.
    stops_->end();
    return false;
  }
  end(LinkState::closed);
  return true;
}

// ── calls whose callers do something else ─────────────────────────────────────────────────────────

static std::int64_t ticks_of(os::TimePoint at) noexcept { return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count(); }

void Link::expire(rpc::Lane& lane, os::Deadline deadline) noexcept {
  const std::int64_t at = ticks_of(deadline.at);
  lanes_.expire(lane, at);
  // Mostly the next look comes sooner: calls that are made one after the other with the same timeout cost one tick in that time.
  std::int64_t next = next_expiry_.load(std::memory_order_relaxed);
  while (at < next) {
    if (!next_expiry_.compare_exchange_weak(next, at, std::memory_order_relaxed)) continue;
    if (expiry_ != nullptr) static_cast<void>(rpc::Watcher::tick(expiry_, deadline.at));
    return;
  }
}

std::optional<os::TimePoint> Link::tell_expired(os::TimePoint now) noexcept {
  const std::int64_t asked = next_expiry_.exchange(INT64_MAX, std::memory_order_seq_cst);
  if (asked != INT64_MAX && asked > ticks_of(now)) {
    // An earlier tick, for a call that was replaced by a later one: the one that is asked for is still to come.
    next_expiry_.store(asked, std::memory_order_relaxed);
    return std::nullopt;
  }
  if (state() != LinkState::alive) return std::nullopt;
  const std::int64_t next = lanes_.for_each_expired(ticks_of(now), [this](std::uint32_t lane, std::uint32_t sequence) {
    send_cancel(lane, sequence, Errc::timed_out);
  });
  std::int64_t seen = next_expiry_.load(std::memory_order_relaxed);
  while (next < seen) {
    if (next_expiry_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return os::TimePoint(std::chrono::duration_cast<os::Clock::duration>(nanoseconds(next)));
  }
  return std::nullopt;
}

}  // namespace shmidl::stub
