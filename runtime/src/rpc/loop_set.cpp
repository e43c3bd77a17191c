#include "rpc/loop_set.hpp"

#include <utility>

namespace shmidl::rpc {

namespace {
constexpr std::uint64_t kWakeTag = 0;
constexpr std::uint64_t kTimerTag = 1;
/// What one turn takes from the kernel; the rest is ready in the next. Chosen, not measured.
constexpr std::size_t kBatch = 64;
}  // namespace

Result<std::shared_ptr<LoopSet>> LoopSet::open() {
  auto poller = os::Poller::open();
  if (!poller) return poller.error();
  auto waker = os::Waker::open();
  if (!waker) return waker.error();
  auto timer = os::Timer::open();
  if (!timer) return timer.error();
  std::shared_ptr<LoopSet> set(new LoopSet(std::move(*poller), std::move(*waker), std::move(*timer)));
  if (auto added = set->poller_.add(set->waker_.fd(), kWakeTag); !added) return added.error();
  if (auto added = set->poller_.add(set->timer_.fd(), kTimerTag); !added) return added.error();
  return set;
}

Result<void> LoopSet::watch(const Fd& fd, std::weak_ptr<Watched> who, std::uint64_t tag, std::uint64_t& registration) {
  {
    const std::lock_guard lock(mutex_);
    registration = next_++;
    entries_.emplace(registration, Entry{std::move(who), tag});
  }
  auto added = poller_.add(fd, registration);
  if (!added) ignore(fd, registration);
  return added;
}

void LoopSet::ignore(const Fd& fd, std::uint64_t& registration) noexcept {
  if (registration == 0) return;
  poller_.remove(fd);
  const std::lock_guard lock(mutex_);
  entries_.erase(registration);
  registration = 0;
}

bool LoopSet::begin() noexcept {
  const void* nobody = nullptr;
  // sync LoopSet.dispatcher acquire: what the last one to dispatch did is seen; pairs with release in end().
  return dispatcher_.compare_exchange_strong(nobody, &thread_memory, std::memory_order_acquire, std::memory_order_relaxed);
}

void LoopSet::end() noexcept {
  // sync LoopSet.dispatcher release: pairs with acquire in begin().
  dispatcher_.store(nullptr, std::memory_order_release);
}

void LoopSet::leave_ready() noexcept {
  // sync LoopSet.woken acq_rel: what was done before is seen by the thread that dispatches, if it clears this.
  if (!woken_.exchange(true, std::memory_order_acq_rel)) waker_.wake();
}

void LoopSet::wake_at(os::Deadline at) noexcept {
  const std::lock_guard lock(mutex_);
  if (at == timer_at_) return;
  timer_at_ = at;
  timer_.set(at);
}

void LoopSet::wake_by(os::Deadline at) noexcept {
  const std::lock_guard lock(mutex_);
  if (at.at >= timer_at_.at) return;
  timer_at_ = at;
  timer_.set(at);
}

std::shared_ptr<Watched> LoopSet::find(std::uint64_t registration, std::uint64_t& tag) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(registration);
  if (entry == entries_.end()) return nullptr;
  tag = entry->second.tag;
  return entry->second.who.lock();
}

void LoopSet::take_ready() noexcept {
  os::Ready ready[kBatch];
  const auto count = poller_.wait(ready, os::Deadline{os::TimePoint{}});
  for (std::size_t i = 0; count && i < *count; ++i) {
    if (ready[i].tag == kWakeTag) {
      waker_.reset();
      // sync LoopSet.woken acq_rel: a wake that comes from here on writes again; one that came before has its cause seen below.
      woken_.exchange(false, std::memory_order_acq_rel);
    } else if (ready[i].tag == kTimerTag) {
      wake_at(os::Deadline::never());
    } else {
      std::uint64_t tag = 0;
      if (const auto who = find(ready[i].tag, tag)) who->on_ready(tag);
    }
  }
}

}  // namespace shmidl::rpc
