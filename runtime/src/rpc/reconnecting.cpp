#include "rpc/reconnecting.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "rpc/call_errors.hpp"
#include "rpc/client_loop.hpp"
#include "rpc/hello.hpp"
#include "rpc/meet.hpp"
#include "rpc/stopping.hpp"
#include "rpc/target.hpp"

namespace shmidl::rpc {

namespace {

/// Where a loop dispatches, it waits no longer than this for a server that is there and does not answer. Chosen, not measured.
constexpr std::chrono::milliseconds kLoopPatience{50};
/// Until a loop looks again whether another thread has connected. Chosen, not measured.
constexpr std::chrono::milliseconds kLoopLook{2};
/// Between two looks at whether a call that waits for a connection is still wanted. Chosen, not measured.
constexpr std::chrono::milliseconds kLookForStop{5};

/// Source: splitmix64, Steele, Lea and Flood 2014.
std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

bool is_usable(const stub::Target& target) noexcept { return target.link().state() == LinkState::alive && !target.link().peer_drains(); }

Error closed_error() { return Error(Errc::cancelled, "this client was closed by link(*client).close()"); }

}  // namespace

Reconnecting::Reconnecting(os::Place place, const stub::Interface& interface, const ClientOptions& options, stub::TargetRef first)
    : place_(std::move(place)), interface_(interface), options_(options), seed_(random_epoch()), current_(std::move(first)) {}

stub::TargetRef Reconnecting::current() noexcept {
  if (forked()) return current_;
  const BiasedLock::Guard lock(current_lock_);
  return current_;
}

stub::TargetRef Reconnecting::alive() noexcept {
  if (forked()) return {};
  const BiasedLock::Guard lock(current_lock_);
  return is_usable(*current_) ? current_ : stub::TargetRef();
}

void Reconnecting::exchange(stub::TargetRef& fresh) noexcept {
  const stub::TargetRef next = fresh;
  {
    const BiasedLock::Guard lock(current_lock_);
    std::swap(current_, fresh);
  }
  const std::lock_guard lock(loop_mutex_);
  if (loop_ != nullptr) loop_->follow(next);
}

Reconnecting::~Reconnecting() {
  if (loop_ != nullptr) loop_->let_go();
}

std::shared_ptr<ClientLoop> Reconnecting::loop() {
  if (forked() && loop_ == nullptr) throw Error(forked_error());
  if (forked()) return loop_;  // what waits is told
  const std::lock_guard lock(loop_mutex_);
  if (loop_ != nullptr) return loop_;
  const stub::TargetRef now = current();
  loop_ = (*now).link().client_loop().shared_from_this();
  loop_->outlive(now);
  return loop_;
}

os::TimePoint Reconnecting::next_try() noexcept {
  const std::lock_guard lock(mutex_);
  return connecting_ ? os::Clock::now() + kLoopLook : next_try_;
}

void Reconnecting::leave(const stub::Target& target) noexcept { target.link().note_drain(); }

void Reconnecting::close() noexcept {
  if (forked()) return;
  {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_relaxed);
    changed_.notify_all();
  }
  stub::Link& link = (*current()).link();
  link.end(LinkState::closed);
  link.bury();
}

std::uint64_t Reconnecting::next_call() noexcept {
  const std::uint64_t number = mixed(seed_ + calls_.fetch_add(1, std::memory_order_relaxed));
  return number != 0 ? number : 1;
}

Result<stub::TargetRef> Reconnecting::try_once(os::Deadline deadline) noexcept try {
  return meet(place_, interface_, options_, deadline);
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a client connected again");
}

// Clients of one server must not come back all at the same time: half of the pause is chance.
void Reconnecting::delay_next_try() noexcept {
  const auto first = std::max<std::chrono::nanoseconds>(options_.reconnect.first_delay, std::chrono::microseconds(1));
  delay_ = std::min(delay_.count() == 0 ? first : 2 * delay_, std::max(first, options_.reconnect.max_delay));
  const auto half = delay_.count() / 2;
  const auto chance = static_cast<std::int64_t>(mixed(seed_ ^ ++tries_) >> 1) % (half + 1);
  next_try_ = os::Clock::now() + std::chrono::nanoseconds(delay_.count() - half + chance);
}

Result<stub::TargetRef> Reconnecting::ready(const Patience& patience) {
  if (forked()) return forked_error();
  std::unique_lock lock(mutex_);
  const std::uint64_t tries_before = tries_;
  for (;;) {
    if (closed_.load(std::memory_order_relaxed)) return closed_error();
    if (stub::TargetRef now = alive()) return now;
    if (patience.stopping != nullptr && patience.stopping->requested()) return Error(Errc::cancelled, "the call was given up while its client connected again");
    const os::TimePoint now = os::Clock::now();
    const bool late = now >= patience.until.at;
    if (late && patience.is_deadline) {
      return last_error_ && tries_ != tries_before ? *last_error_ : Error(Errc::timed_out, "the deadline passed before `" + place_.name + "` was connected with again");
    }
    const bool tried = tries_ != tries_before;
    if (late && tried) return *last_error_;
    // Whoever has no time to wait tries at once.
    if (!connecting_ && (now >= next_try_ || late)) {
      connecting_ = true;
      lock.unlock();
      os::TimePoint until = std::max(now + kWelcomePatience, patience.until.is_never() ? now : patience.until.at);
      if (patience.is_deadline) until = std::min(patience.until.at, now + kWelcomePatience);
      if (!patience.soon.is_never()) until = std::min(until, now + kLoopPatience);
      auto fresh = try_once(os::Deadline{until});
      const bool connected = fresh.has_value();
      stub::TargetRef before;
      if (connected) {
        before = *fresh;
        exchange(before);
      }
      lock.lock();
      connecting_ = false;
      if (connected) {
        delay_ = {};
        next_try_ = {};
      } else {
        last_error_ = fresh.error();
        delay_next_try();
      }
      changed_.notify_all();
      if (!connected && !may_pass(fresh.error().errc())) return fresh.error();
      if (!connected) continue;
      const bool closed = closed_.load(std::memory_order_relaxed);
      lock.unlock();  // a link's end takes its loop's lock, and that of what was there before may run destructors of the user's
      if (closed) (**fresh).link().end(LinkState::closed);  // close() came meanwhile: it did not see this one
      return fresh;
    }
    if (now >= patience.soon.at) return Error(Errc::would_block, "not connected yet");
    os::TimePoint until = connecting_ ? os::TimePoint::max() : next_try_;
    if (!late) until = std::min(until, patience.until.at);
    until = std::min(until, patience.soon.at);
    if (patience.stopping != nullptr) until = std::min(until, now + kLookForStop);
    if (until == os::TimePoint::max()) changed_.wait(lock);
    else changed_.wait_until(lock, until);
  }
}

}  // namespace shmidl::rpc
