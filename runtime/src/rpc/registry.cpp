#include "rpc/registry.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include <unistd.h>

#include "os/futex.hpp"
#include "rpc/streams.hpp"
#include "shm/access.hpp"
#include "shm/wake.hpp"

namespace shmidl::rpc {

void Registry::serve(Object& object, std::shared_ptr<Object> keeper) {
  const stub::Interface& interface = object.shmidl_interface();
  auto description = share_description(interface);
  if (!description) throw Error(description.error());
  Served served{&object, std::move(keeper), &interface, std::move(*description), {}, false};
  if (options_.threads > 1) {
    if (interface.serial) served.serial = SerialRef(Serial::of(object));
    served.has_inline = std::any_of(interface.methods.begin(), interface.methods.end(), [](const auto& method) { return (method.traits & stub::kRunsOnArrival) != 0; });
  }
  if (!objects_.emplace(interface.name, std::move(served)).second) {
    throw std::invalid_argument("this server serves an object of the interface `" + std::string(interface.name) + "` already");
  }
}

const Registry::Served* Registry::find(std::string_view interface) const {
  const auto found = objects_.find(interface);
  return found == objects_.end() ? nullptr : &found->second;
}

std::string Registry::interfaces() const {
  std::string names;
  for (const auto& [name, served] : objects_) names += (names.empty() ? "`" : ", `") + name + "`";
  return names.empty() ? "none" : names;
}

bool Registry::allows(const Caller& caller) const noexcept try {
  if (options_.allow) return options_.allow(caller);
  return caller.uid == ::geteuid() || caller.uid == 0;
} catch (...) {
  return false;
}

Result<std::shared_ptr<void>> Registry::admit(const Caller& caller) {
  auto place = std::make_shared<Place>(clients_, caller.uid);
  const std::lock_guard lock(clients_->mutex);
  if (clients_->all >= options_.max_clients) {
    return Error(Errc::overloaded, "`" + name_ + "` has as many clients as it takes, " + std::to_string(options_.max_clients));
  }
  std::size_t& of_uid = clients_->of_uid[caller.uid];
  // Who could end this process as well needs no limit of his own.
  const bool trusted = caller.uid == ::geteuid() || caller.uid == 0;
  if (!trusted && of_uid >= options_.max_clients_per_uid) {
    return Error(Errc::overloaded, "`" + name_ + "` has as many clients of uid " + std::to_string(caller.uid) + " as it takes of one uid, " +
                                       std::to_string(options_.max_clients_per_uid));
  }
  ++clients_->all;
  ++of_uid;
  place->counted = true;
  return std::shared_ptr<void>(std::move(place));
}

Registry::Place::~Place() {
  if (!counted) return;
  const std::lock_guard lock(clients->mutex);
  --clients->all;
  const auto found = clients->of_uid.find(uid);
  if (--found->second == 0) clients->of_uid.erase(found);
}

void Registry::add(std::shared_ptr<stub::Link> link) {
  bool closed = false;
  bool drains = false;
  {
    const std::lock_guard lock(mutex_);
    closed = closed_;
    drains = drains_;
    if (!closed) links_.push_back(link);
  }
  if (drains) link->drain();
  if (closed) link->end(LinkState::closed);
  else ring(*link);
}

void Registry::drain() noexcept {
  const std::lock_guard lock(mutex_);  // nothing that a link does in drain() comes back here
  drains_ = true;
  for (const auto& link : links_) link->drain();
}

bool Registry::cut() noexcept {
  bool all = true;
  // From the last one on: in the place of a link that is removed meanwhile comes the last one, whose turn has been.
  for (std::size_t left = SIZE_MAX; left != 0;) {
    std::shared_ptr<stub::Link> link;
    {
      const std::lock_guard lock(mutex_);
      left = std::min(left, links_.size());
      if (left == 0) return all;
      link = links_[--left];
    }
    all = link->cut() && all;
  }
  return all;
}

void Registry::remove(const std::shared_ptr<stub::Link>& link) noexcept {
  std::shared_ptr<stub::Link> last;  // ends outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find(links_.begin(), links_.end(), link);
  if (found == links_.end()) return;
  last = std::move(*found);
  *found = std::move(links_.back());
  links_.pop_back();
}

std::shared_ptr<stub::Link> Registry::take_rung() noexcept {
  if (!has_rung_.load(std::memory_order_relaxed)) return nullptr;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<stub::Link> link = std::move(first_rung_);
  if (link != nullptr) {
    first_rung_ = std::move(link->rung.next);
    link->rung.waits = false;
  }
  if (first_rung_ == nullptr) has_rung_.store(false, std::memory_order_relaxed);  // whoever sets it holds the lock
  return link;
}

Registry::Links Registry::close() noexcept {
  std::shared_ptr<stub::Link> rung;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  while (first_rung_ != nullptr) {
    rung = std::move(first_rung_);
    first_rung_ = std::move(rung->rung.next);
    rung->rung.waits = false;
  }
  return std::move(links_);
}

void Registry::ring(stub::Link& link) noexcept {
  if (std::shared_ptr<stub::Link> self = link.weak_from_this().lock()) {
    const std::lock_guard lock(mutex_);
    if (!closed_ && !link.rung.waits) {
      link.rung = {std::move(first_rung_), true};
      first_rung_ = std::move(self);
      // sync Registry.has_rung release: seq_cst, as in has_rung(), with which it pairs; the mutex orders the list itself.
      has_rung_.store(true, std::memory_order_seq_cst);
    }
  }
  ring();
}

void Registry::give_up_streams() noexcept try {
  Links links;
  {
    const std::lock_guard lock(mutex_);
    links = links_;
  }
  for (const auto& link : links) {
    if (Streams* const streams = link->known_streams()) streams->give_up_all(true);
  }
} catch (const std::bad_alloc&) {
  // What waits for a reader goes on when that takes something, or leaves.
}

void Registry::serve_in(std::shared_ptr<LoopSet> loop) noexcept {
  loop_ = std::move(loop);
  // sync Registry.ringing release: the loop's parts are made; pairs with acquire in ring(). seq_cst: ordered with the look at the server's stop.
  ringing_.store(loop_.get(), std::memory_order_seq_cst);
}

void Registry::turn_ended() noexcept {
  // sync asleep fence: between the end of the call, which its link or its object stored, and the look; pairs with the fence in ServerEngine::sleep(), after
  // which the leader looks.
  shm::announced<shm::Access>();
  if (asleep_.load(std::memory_order_relaxed)) ring();
}

void Registry::ring() noexcept {
  // sync Registry.ringing acquire: pairs with release in serve_in().
  if (LoopSet* const loop = ringing_.load(std::memory_order_seq_cst)) return loop->wake();
  // sync Registry.alarm release: seq_cst, so that it is ordered with the look of a leader that goes to sleep; pairs with acquire in ServerEngine::sleep().
  alarm_.fetch_add(1, std::memory_order_seq_cst);
  os::wake(os::word_of(alarm_), os::kWakeAll, true);
  const std::uint32_t sleep = sleeps_.load(std::memory_order_seq_cst);
  if (sleep % 2 == 0) return;
  // The wake is lost on a leader between its look and its sleep: repeat it until that sleep is over.
  for (;;) {
    os::wake(sleeper_.load(std::memory_order_relaxed), 1);
    if (sleeps_.load(std::memory_order_seq_cst) != sleep) return;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

void Registry::sleep_on(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint32_t alarm) noexcept {
  sleeper_.store(os::word_of(word), std::memory_order_relaxed);
  sleeps_.fetch_add(1, std::memory_order_seq_cst);
  if (alarm_.load(std::memory_order_seq_cst) == alarm) os::wait(os::word_of(word), expected, os::Deadline::never());
  sleeps_.fetch_add(1, std::memory_order_seq_cst);
}

}  // namespace shmidl::rpc
