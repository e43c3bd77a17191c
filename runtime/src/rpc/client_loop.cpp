#include "rpc/client_loop.hpp"

#include <stdexcept>
#include <stop_token>
#include <utility>

#include "os/fork.hpp"
#include "os/socket.hpp"
#include "rpc/call_errors.hpp"
#include "rpc/link.hpp"
#include "rpc/target.hpp"
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

void Continuation::wait_in(const TargetRef& target) {
  keeper_ = target;
  rpc::Reconnecting* const reconnecting = (*keeper_).reconnecting();
  if (reconnecting != nullptr) reconnecting->loop()->add(*this);
  else link_of(*keeper_).client_loop().add(*this);
}

void CallContinuation::wait(Pending& call) {
  call_ = &call;
  wait_in(call.target());
}
bool CallContinuation::ended() const noexcept { return call_->ended(); }
void CallContinuation::ask_for_ring() noexcept { call_->ask_for_ring(); }
std::chrono::steady_clock::time_point CallContinuation::deadline() const noexcept { return call_->deadline(); }
const StopHolder* CallContinuation::stop() const noexcept { return call_->stop(); }
bool CallContinuation::settle() noexcept { return call_->settle(); }

}  // namespace shmidl::stub

namespace shmidl::rpc {

using shm::Access;
using stub::Continuation;
using stub::Link;

ClientLoop::ClientLoop(Link& link, std::shared_ptr<LoopSet> set) noexcept
    : link_(&link), waits_(link.waits()), process_mark_(os::process_mark()), set_(std::move(set)) {}

bool ClientLoop::forked() const noexcept { return process_mark_ != os::process_mark(); }

ClientLoop::Turn::Turn(ClientLoop& loop) : loop_(loop) {
  if (loop.forked()) return;  // what is the parent's is not touched; all that waits has ended
  if (!loop.set_->begin()) throw std::logic_error("run and dispatch_ready of a link run on one thread at a time, and not in what they run");
  try {
    loop.enter();
    loop.move_on();
  } catch (...) {
    loop.set_->end();
    throw;
  }
}

ClientLoop::Turn::~Turn() {
  if (loop_.forked()) return;
  loop_.leave();
  loop_.set_->end();
}

void ClientLoop::enter() {
  const std::lock_guard lock(mutex_);
  // From here on link() changes on the thread that dispatches alone.
  if (std::exchange(entered_, true)) return;
  if (auto entered = link().enter_loop(set_); !entered) {
    entered_ = false;
    throw Error(entered.error());
  }
}

int ClientLoop::poll_fd() {
  if (forked()) throw Error(forked_error());
  if (waits_ == Wait::poll) throw std::logic_error("poll_fd: the server never wakes a client whose ClientOptions::wait is Wait::poll");
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
  if (forked()) return;
  set_->take_ready();
  link().announce(shm::kAwake);
}

void ClientLoop::run() {
  /// What runs between two looks at stop(). Chosen, not measured.
  constexpr std::size_t kSwarm = 64;
  const Turn turn(*this);
  const Serving serving(*this);
  Spinner spinner(waits_, history_);
  bool may_spin = !forked() && !link().shares_core();  // a child has not even the memory of the link
  look();
  for (;;) {
    if (stopping_.exchange(false, std::memory_order_relaxed)) return;
    move_on();
    const bool alive = !forked() && link().state() == LinkState::alive;  // before the look: the last answers come before the end
    if (run_ready(kSwarm) != 0) {
      spinner.found();
      continue;
    }
    // What waits may find another server.
    if (!alive && (!outlives_ || forked() || link().state() == LinkState::closed || !has_waiting())) return;
    // A poller is never rung, and looks without end; for its socket, too, now and then.
    if (alive && may_spin && (waits_ == Wait::poll || has_waiting()) && spinner.again()) {
      if (waits_ == Wait::poll && spinner.clock_read()) look();
      continue;
    }
    leave();
    if (auto woken = os::wait_readable(set_->fd(), os::Deadline::never()); !woken) throw Error(woken.error());
    look();
    spinner.slept();
    may_spin = !link().shares_core();
  }
}

void ClientLoop::keep_serving() noexcept {
  if (forked()) return;
  const std::lock_guard lock(mutex_);
  keeps_serving_.store(true, std::memory_order_relaxed);
  link().set_serving(true);
}

ClientLoop::Serving::Serving(ClientLoop& loop) noexcept : loop_(loop) {
  loop_.serving_ = true;
  if (!loop.forked()) loop.link().set_serving(true);
}

ClientLoop::Serving::~Serving() {
  loop_.serving_ = false;
  if (loop_.forked() || loop_.keeps_serving_.load(std::memory_order_relaxed)) return;
  loop_.link().set_serving(false);
  // Between the word and the last look; the other fence stands where a call was published, before its caller looks at the word.
  shm::announced<Access>();
  while (loop_.run_job()) {
  }
}

void ClientLoop::stop() noexcept {
  if (forked()) return;
  stopping_.store(true, std::memory_order_relaxed);
  set_->wake();
}

void ClientLoop::wake() noexcept {
  if (!forked()) set_->wake();
}

// ── what waits ────────────────────────────────────────────────────────────────────────────────────

void ClientLoop::add(Continuation& continuation) {
  if (const stub::StopHolder* const stop = continuation.stop(); stop != nullptr && !forked()) continuation.stop_ = new StopRing(*this, stop->token());
  const std::lock_guard lock(mutex_);
  link(continuation);
  if (forked() || set_->dispatching_here()) return;
  continuation.asked_ = true;
  continuation.ask_for_ring();
  shm::announced<Access>();
  if (continuation.ended() || waits_ == Wait::poll) set_->wake();  // a poller is never rung: it looks
  else set_->wake_by(os::Deadline{continuation.deadline()});
}

void ClientLoop::link(Continuation& continuation) noexcept {
  continuation.loop_ = this;
  continuation.next_ = nullptr;
  continuation.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &continuation;
  last_ = &continuation;
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
    if (!peer_is_dead()) return;
  }
  link_ended();
}

bool ClientLoop::peer_is_dead() const noexcept {
  const LinkState state = link().state();
  return state != LinkState::alive && state != LinkState::closed;
}

bool ClientLoop::has_waiting() noexcept {
  const std::lock_guard lock(mutex_);
  return first_ != nullptr;
}

void ClientLoop::link_ended() noexcept {
  if (forked()) return;
  set_->wake();
  const std::lock_guard lock(mutex_);
  if (!entered_ && (!obituaries_.empty() || !late_.empty())) static_cast<void>(Watcher::tick(link().weak_from_this(), os::Clock::now()));
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
  if (forked()) return false;
  Link::Job job;
  if (!link().take_job(job)) return false;
  link().run(job);
  link().bury();
  return true;
}

bool ClientLoop::run_continuation() {
  Continuation* ended = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (first_ == nullptr) return false;
    const os::TimePoint now = os::Clock::now();
    for (ended = first_; ended != nullptr && !ended->ended() && ended->deadline() > now;) ended = ended->next_;
    if (ended == nullptr) return false;
    unlink(*ended);
  }
  if (!ended->settle()) {
    // Its server has gone, and it is sent to the next one, or will be.
    const std::lock_guard lock(mutex_);
    ended->asked_ = false;
    link(*ended);
    return true;
  }
  ended->go_on();
  return true;
}

bool ClientLoop::run_obituary() {
  if (forked()) return false;
  std::optional<std::pair<Obituary, Error>> next;
  {
    const std::lock_guard lock(mutex_);
    if (!late_.empty()) {
      next = std::move(late_.front());
      late_.erase(late_.begin());
    } else if (peer_is_dead() && !obituaries_.empty()) {
      next.emplace(std::move(obituaries_.front()), link().obituary());
      obituaries_.erase(obituaries_.begin());
    }
  }
  if (!next) return false;
  next->first(next->second);
  return true;
}

void ClientLoop::tell_death_here() noexcept {
  std::vector<std::pair<Obituary, Error>> all;
  {
    const std::lock_guard lock(mutex_);
    if (entered_) return;
    all.swap(late_);
    if (!obituaries_.empty() && peer_is_dead()) {
      for (Obituary& tell : obituaries_) all.emplace_back(std::move(tell), link().obituary());
      obituaries_.clear();
    }
  }
  for (const auto& [tell, error] : all) tell(error);
}

// ── one connection after the other ────────────────────────────────────────────────────────────────

void ClientLoop::outlive(stub::TargetRef current) noexcept {
  const std::lock_guard lock(mutex_);
  outlives_ = true;
  keeper_ = std::move(current);
}

void ClientLoop::let_go() noexcept {
  stub::TargetRef keeper;
  stub::TargetRef next;
  std::vector<Obituary> obituaries;
  std::vector<std::pair<Obituary, Error>> late;
  const std::lock_guard lock(mutex_);
  std::swap(keeper, keeper_);
  std::swap(next, next_);
  // A connection that it went on from may live longer, and its end be told here: then there is nobody to tell, and link() is gone.
  obituaries.swap(obituaries_);
  late.swap(late_);
}

void ClientLoop::follow(const stub::TargetRef& next) noexcept {
  stub::TargetRef before;  // ends without the lock
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (entered_) std::swap(before, next_), next_ = next;
    else before = move_to(next);
    waits = !late_.empty() && !entered_;
  }
  set_->wake();
  if (waits) static_cast<void>(Watcher::tick((*next).link().weak_from_this(), os::Clock::now()));
}

void ClientLoop::move_on() noexcept {
  if (!outlives_ || forked()) return;
  stub::TargetRef before;
  bool served = false;
  {
    const std::lock_guard lock(mutex_);
    if (!next_) return;
    served = keeps_serving_.load(std::memory_order_relaxed) || serving_;
    before = move_to(std::exchange(next_, {}));
  }
  if (!served) return;
  // As in ~Serving(): who called over the connection that is left, and saw that it was served, is answered. Whoever calls on and on is not waited for.
  constexpr unsigned kMost = shm::kRingCells + shm::kCallLanes;
  shm::announced<Access>();
  Link& left = (*before).link();
  Link::Job job;
  for (unsigned i = 0; i < kMost && left.take_job(job); ++i) {
    left.run(job);
    left.bury();
  }
}

stub::TargetRef ClientLoop::move_to(stub::TargetRef next) noexcept {
  Link& now = (*next).link();
  if (&now == link_) return next;  // loop() has seen it before follow() came
  now.adopt(shared_from_this());
  if (entered_) static_cast<void>(now.enter_loop(set_));  // without memory the watcher reads its socket, and wakes this one
  const bool serves = keeps_serving_.load(std::memory_order_relaxed) || serving_;
  if (serves) now.set_serving(true);
  // Who calls this side over the connection that is left is told so.
  if (serves && link().state() == LinkState::alive) link().set_serving(false);
  if (peer_is_dead() || link().peer_drains()) {
    for (Obituary& tell : obituaries_) late_.emplace_back(std::move(tell), link().obituary());
    obituaries_.clear();
  }
  link_ = &now;
  return std::exchange(keeper_, std::move(next));
}

void ClientLoop::leave() noexcept {
  {
    const std::lock_guard lock(mutex_);
    for (Continuation* waiting = first_; waiting != nullptr; waiting = waiting->next_) {
      if (!std::exchange(waiting->asked_, true)) waiting->ask_for_ring();
    }
  }
  link().announce(shm::kSocket);
  shm::announced<Access>();
  bool more = link().has_job();  // without the lock: a peer that breaks the protocol ends the link here, which comes back to link_ended()
  const std::lock_guard lock(mutex_);
  os::Deadline nearest;
  for (Continuation* waiting = first_; waiting != nullptr && !more; waiting = waiting->next_) {
    more = !waiting->asked_ || waiting->ended();
    nearest = nearest.sooner(os::Deadline{waiting->deadline()});
  }
  more = more || next_ || !late_.empty() || (peer_is_dead() && !obituaries_.empty());
  if (more) set_->leave_ready();
  else set_->wake_at(nearest);
}

}  // namespace shmidl::rpc
