#include "rpc/client_loop.hpp"

#include <stdexcept>
#include <stop_token>
#include <utility>

#include "os/socket.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

/// Makes a loop look when a call is stopped by its caller.
class StopRing {
 public:
  StopRing(ClientLoop& loop, const std::stop_token& token) : callback_(token, Wake{&loop}) {}

 private:
  struct Wake {
    ClientLoop* loop;
    void operator()() const noexcept { loop->wake(); }
  };
  std::stop_callback<Wake> callback_;
};

}  // namespace shmidl::rpc

namespace shmidl::stub {

Continuation::~Continuation() {
  if (loop_ != nullptr) loop_->forget(*this);
  delete stop_;
}

void Continuation::wait(Pending& call) { call.link().client_loop().add(*this, call); }

}  // namespace shmidl::stub

namespace shmidl::rpc {

using shm::Access;
using stub::Continuation;
using stub::Link;

ClientLoop::Turn::Turn(ClientLoop& loop) : loop_(loop) {
  if (loop.link_.forked()) return;  // what is the parent's is not touched; all that waits has ended
  if (!loop.set_->begin()) throw std::logic_error("run and dispatch_ready of a link run on one thread at a time, and not in what they run");
  try {
    loop.enter();
  } catch (...) {
    loop.set_->end();
    throw;
  }
}

ClientLoop::Turn::~Turn() {
  if (loop_.link_.forked()) return;
  loop_.leave();
  loop_.set_->end();
}

void ClientLoop::enter() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(entered_, true)) return;
  }
  if (auto entered = link_.enter_loop(set_); !entered) throw Error(entered.error());
}

int ClientLoop::poll_fd() {
  if (link_.forked()) throw Error(forked_error());
  if (link_.waits() == Wait::poll) throw std::logic_error("poll_fd: the server never wakes a client whose ClientOptions::wait is Wait::poll");
  enter();
  keep_serving();
  return set_->fd().get();
}

std::size_t ClientLoop::dispatch_ready(std::size_t limit) {
  const Turn turn(*this);
  keep_serving();
  look();
  return run_ready(limit);
}

void ClientLoop::look() noexcept {
  if (link_.forked()) return;
  set_->take_ready();
  link_.announce(shm::kAwake);
}

void ClientLoop::run() {
  /// What runs between two looks at stop(). Chosen, not measured.
  constexpr std::size_t kSwarm = 64;
  const Turn turn(*this);
  const Serving serving(*this);
  Spinner spinner(link_.waits(), history_);
  bool may_spin = !link_.forked() && !link_.shares_core();  // a child has not even the memory of the link
  look();
  for (;;) {
    if (stopping_.exchange(false, std::memory_order_relaxed)) return;
    const bool alive = !link_.forked() && link_.state() == LinkState::alive;  // before the look: the last answers come before the end
    if (run_ready(kSwarm) != 0) {
      spinner.found();
      continue;
    }
    if (!alive) return;
    if (may_spin && has_waiting() && spinner.again()) continue;
    leave();
    if (auto woken = os::wait_readable(set_->fd(), os::Deadline::never()); !woken) throw Error(woken.error());
    look();
    spinner.slept();
    may_spin = !link_.shares_core();
  }
}

void ClientLoop::keep_serving() noexcept {
  keeps_serving_.store(true, std::memory_order_relaxed);
  if (!link_.forked()) link_.set_serving(true);
}

ClientLoop::Serving::Serving(ClientLoop& loop) noexcept : loop_(loop) {
  if (!loop.link_.forked()) loop.link_.set_serving(true);
}

ClientLoop::Serving::~Serving() {
  if (loop_.link_.forked() || loop_.keeps_serving_.load(std::memory_order_relaxed)) return;
  loop_.link_.set_serving(false);
  // Between the word and the last look; the other fence stands where a call was published, before its caller looks at the word.
  shm::announced<Access>();
  while (loop_.run_job()) {
  }
}

void ClientLoop::stop() noexcept {
  if (link_.forked()) return;
  stopping_.store(true, std::memory_order_relaxed);
  set_->wake();
}

void ClientLoop::wake() noexcept {
  if (!link_.forked()) set_->wake();
}

// ── what waits ────────────────────────────────────────────────────────────────────────────────────

void ClientLoop::add(Continuation& continuation, stub::Pending& call) {
  if (const stub::StopHolder* const stop = call.stop(); stop != nullptr && !link_.forked()) continuation.stop_ = new StopRing(*this, stop->token());
  const std::lock_guard lock(mutex_);
  continuation.loop_ = this;
  continuation.call_ = &call;
  continuation.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &continuation;
  last_ = &continuation;
  if (link_.forked() || set_->dispatching_here()) return;
  continuation.asked_ = true;
  call.ask_for_ring();
  shm::announced<Access>();
  if (call.ended() || link_.waits() == Wait::poll) set_->wake();  // a poller is never rung: it looks
  else set_->wake_by(os::Deadline{call.deadline()});
}

void ClientLoop::unlink(Continuation& continuation) noexcept {
  (continuation.previous_ != nullptr ? continuation.previous_->next_ : first_) = continuation.next_;
  (continuation.next_ != nullptr ? continuation.next_->previous_ : last_) = continuation.previous_;
  continuation.loop_ = nullptr;
}

void ClientLoop::forget(Continuation& continuation) noexcept {
  const std::lock_guard lock(mutex_);
  if (continuation.loop_ != nullptr) unlink(continuation);
}

void ClientLoop::on_peer_death(Obituary tell) {
  {
    const std::lock_guard lock(mutex_);
    obituaries_.push_back(std::move(tell));
  }
  if (peer_is_dead()) link_ended();
}

bool ClientLoop::peer_is_dead() const noexcept {
  const LinkState state = link_.state();
  return state != LinkState::alive && state != LinkState::closed;
}

bool ClientLoop::has_waiting() noexcept {
  const std::lock_guard lock(mutex_);
  return first_ != nullptr;
}

void ClientLoop::link_ended() noexcept {
  if (link_.forked()) return;
  set_->wake();
  const std::lock_guard lock(mutex_);
  if (!entered_ && !obituaries_.empty()) static_cast<void>(Watcher::tick(link_.weak_from_this(), os::Clock::now()));
}

// ── what runs ─────────────────────────────────────────────────────────────────────────────────────

std::size_t ClientLoop::run_ready(std::size_t limit) {
  std::size_t count = 0;
  // In turn: neither calls of the server nor answers keep the others waiting.
  for (bool ran = true; ran && count < limit;) {
    ran = false;
    if (run_job()) ran = true, ++count;
    if (count < limit && run_continuation()) ran = true, ++count;
    if (count < limit && run_obituary()) ran = true, ++count;
  }
  return count;
}

bool ClientLoop::run_job() noexcept {
  if (link_.forked()) return false;
  Link::Job job;
  if (!link_.take_job(job)) return false;
  link_.run(job);
  link_.bury();
  return true;
}

bool ClientLoop::run_continuation() {
  Continuation* ended = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (first_ == nullptr) return false;
    const os::TimePoint now = os::Clock::now();
    for (ended = first_; ended != nullptr && !ended->call_->ended() && ended->call_->deadline() > now;) ended = ended->next_;
    if (ended == nullptr) return false;
    unlink(*ended);
  }
  ended->go_on();
  return true;
}

bool ClientLoop::run_obituary() {
  if (link_.forked() || !peer_is_dead()) return false;
  Obituary tell;
  {
    const std::lock_guard lock(mutex_);
    if (obituaries_.empty()) return false;
    tell = std::move(obituaries_.front());
    obituaries_.erase(obituaries_.begin());
  }
  tell(link_.obituary());
  return true;
}

void ClientLoop::tell_death_here() noexcept {
  if (!peer_is_dead()) return;
  std::vector<Obituary> all;
  {
    const std::lock_guard lock(mutex_);
    if (entered_) return;
    all.swap(obituaries_);
  }
  for (const Obituary& tell : all) tell(link_.obituary());
}

void ClientLoop::leave() noexcept {
  const std::lock_guard lock(mutex_);
  for (Continuation* waiting = first_; waiting != nullptr; waiting = waiting->next_) {
    if (!std::exchange(waiting->asked_, true)) waiting->call_->ask_for_ring();
  }
  link_.announce(shm::kSocket);
  shm::announced<Access>();
  bool more = link_.has_job();
  os::Deadline nearest;
  for (Continuation* waiting = first_; waiting != nullptr && !more; waiting = waiting->next_) {
    more = waiting->call_->ended();
    nearest = nearest.sooner(os::Deadline{waiting->call_->deadline()});
  }
  more = more || (peer_is_dead() && !obituaries_.empty());
  if (more) set_->leave_ready();
  else set_->wake_at(nearest);
}

}  // namespace shmidl::rpc
