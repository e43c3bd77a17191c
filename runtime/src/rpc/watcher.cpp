#include "rpc/watcher.hpp"

#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include "os/fork.hpp"
#include "os/poller.hpp"
#include "rpc/spin.hpp"

namespace shmidl::rpc {
namespace {

constexpr std::uint64_t kWakeTag = 0;

constinit thread_local bool is_watcher = false;

/// The thread and its table. Never destroyed: detached threads may outlive main's statics.
class Table {
 public:
  // No lock here: a child forked while another thread held it could never take it.
  static Result<Table*> of_this_process() {
    static std::atomic<Table*> current{nullptr};
    // sync Table.current acquire: pairs with the release of the exchange below; the table is complete.
    Table* seen = current.load(std::memory_order_acquire);
    if (seen != nullptr && seen->mark_ == os::process_mark()) return seen;
    // A forked child leaves its parent's table where it is: the thread behind it does not exist here.
    auto poller = os::Poller::open();
    if (!poller) return poller.error();
    auto waker = os::Waker::open();
    if (!waker) return waker.error();
    std::unique_ptr<Table> fresh(new Table(std::move(*poller), std::move(*waker)));
    if (auto added = fresh->poller_.add(fresh->waker_.fd(), kWakeTag); !added) return added.error();
    // The thread starts before anybody can see the table: whoever sees it finds it working.
    if (auto started = fresh->start(); !started) return started.error();
    Table* const table = fresh.release();
    // sync Table.current release: publishes the table; pairs with acquire above.
    if (current.compare_exchange_strong(seen, table, std::memory_order_acq_rel)) return table;
    table->retire();  // another thread was first
    return seen;
  }

  Result<void> watch(const Fd& fd, std::weak_ptr<Watched> who, std::uint64_t tag, std::uint64_t& registration, os::Await what) {
    {
      const std::lock_guard lock(mutex_);
      registration = next_++;
      entries_.emplace(registration, Entry{std::move(who), tag});
    }
    auto added = poller_.add(fd, registration, what);
    if (!added) forget(registration);
    return added;
  }

  void ignore(const Fd& fd, std::uint64_t& registration) noexcept {
    poller_.remove(fd);
    forget(registration);
  }

  Result<void> tick(std::weak_ptr<Watched> who, os::TimePoint at) noexcept {
    auto added = add_tick(std::move(who), at);
    waker_.wake();
    return added;
  }

 private:
  void forget(std::uint64_t& registration) noexcept {
    const std::lock_guard lock(mutex_);
    entries_.erase(registration);
    registration = 0;
  }

  /// Ends the thread of a table that nobody has seen, and the table with it.
  void retire() noexcept {
    retired_.store(true, std::memory_order_relaxed);
    waker_.wake();
  }

  struct Entry {
    std::weak_ptr<Watched> who;
    std::uint64_t tag = 0;
  };

  Table(os::Poller poller, os::Waker waker) : poller_(std::move(poller)), waker_(std::move(waker)) {}

  Result<void> start() {
    // Signals belong to the application's threads; but those of a fault are the faulting thread's, and blocked would pass the application's handler by.
    sigset_t others;
    sigset_t before;
    sigfillset(&others);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&others, fault);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    try {
      std::thread thread([this] { run(); });
      pthread_setname_np(thread.native_handle(), "shmidl-watcher");
      thread.detach();
    } catch (const std::system_error& error) {
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      return Error(Errc::no_resources, std::string("cannot start the watcher thread: ") + error.what());
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return {};
  }

  void run() noexcept {
    is_watcher = true;
    static_cast<void>(measure_sleeps());
    os::Ready ready[64];
    while (!retired_.load(std::memory_order_relaxed)) {
      const auto count = poller_.wait(ready, next_tick());
      for (std::size_t i = 0; count && i < *count; ++i) {
        if (ready[i].tag == kWakeTag) {
          waker_.reset();
          continue;
        }
        std::uint64_t tag = 0;
        if (const auto who = find(ready[i].tag, tag)) who->on_ready(tag);
      }
      run_ticks();
    }
    delete this;
  }

  std::shared_ptr<Watched> find(std::uint64_t registration, std::uint64_t& tag) noexcept {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(registration);
    if (entry == entries_.end()) return nullptr;
    tag = entry->second.tag;
    return entry->second.who.lock();
  }

  os::Deadline next_tick() noexcept {
    const std::lock_guard lock(mutex_);
    return ticks_.empty() ? os::Deadline::never() : os::Deadline{ticks_.begin()->first};
  }

  Result<void> add_tick(std::weak_ptr<Watched> who, os::TimePoint at) noexcept try {
    const std::lock_guard lock(mutex_);
    ticks_.emplace(at, std::move(who));
    return {};
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_resources, "memory ran out in the watcher");
  }

  void run_ticks() noexcept {
    for (;;) {
      std::shared_ptr<Watched> who;
      const os::TimePoint now = os::Clock::now();
      {
        const std::lock_guard lock(mutex_);
        if (ticks_.empty() || ticks_.begin()->first > now) return;
        who = ticks_.begin()->second.lock();
        ticks_.erase(ticks_.begin());
      }
      if (who == nullptr) continue;
      if (const auto again = who->on_tick(now)) static_cast<void>(add_tick(who, *again));
    }
  }

  const std::uint32_t mark_ = os::process_mark();
  os::Poller poller_;
  os::Waker waker_;
  std::atomic<bool> retired_{false};
  std::mutex mutex_;  // guards what follows; not held during callbacks
  std::uint64_t next_ = kWakeTag + 1;
  std::map<std::uint64_t, Entry> entries_;
  std::multimap<os::TimePoint, std::weak_ptr<Watched>> ticks_;
};

}  // namespace

Result<void> Watcher::watch(const Fd& fd, std::weak_ptr<Watched> who, std::uint64_t tag, std::uint64_t& registration, os::Await what) {
  auto table = Table::of_this_process();
  if (!table) return table.error();
  return (*table)->watch(fd, std::move(who), tag, registration, what);
}

void Watcher::ignore(const Fd& fd, std::uint64_t& registration) noexcept {
  if (registration == 0) return;
  if (auto table = Table::of_this_process()) (*table)->ignore(fd, registration);
}

bool Watcher::is_this_thread() noexcept { return is_watcher; }

Result<void> Watcher::tick(std::weak_ptr<Watched> who, os::TimePoint at) noexcept {
  auto table = Table::of_this_process();
  if (!table) return table.error();
  return (*table)->tick(std::move(who), at);
}

}  // namespace shmidl::rpc
