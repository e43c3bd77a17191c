// A table of the process that a forked child starts anew: what it held is its parent's, and its mutex may be held by a thread that the child lacks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "os/fork.hpp"

namespace shmidl::rpc {

/// `Entries` with a mutex. Never destroyed: threads may outlive main's statics.
template <class Entries>
class TableHere {
 public:
  struct Table {
    explicit Table(std::uint32_t mark) noexcept : process_mark(mark) {}
    const std::uint32_t process_mark;
    std::mutex mutex;  // guards what follows
    Entries entries;
  };

  /// Throws std::bad_alloc when it is first used.
  Table& get() {
    const std::uint32_t mark = os::process_mark();
    // sync TableHere.current acquire: pairs with acq_rel below.
    Table* known = current_.load(std::memory_order_acquire);
    if (known != nullptr && known->process_mark == mark) return *known;
    auto fresh = std::make_unique<Table>(mark);
    // sync TableHere.current acq_rel: publishes the table; pairs with acquire above.
    if (current_.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
    return *known;
  }

 private:
  std::atomic<Table*> current_{nullptr};
};

}  // namespace shmidl::rpc
