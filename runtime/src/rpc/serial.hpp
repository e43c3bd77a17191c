// An object whose calls run one at a time, whoever calls: @Serial.
#pragma once

#include <atomic>

namespace shmidl::rpc {

/// Whoever leads enters, or a caller of the same process; nobody waits for it: a call that has to stays where it stands, and keeps no thread.
class Serial {
 public:
  /// True if no call of the object runs; then one does. Threads: any.
  [[nodiscard]] bool try_enter() noexcept {
    if (busy_.load(std::memory_order_relaxed)) return false;
    // sync Serial.busy acquire: what the last call did is seen by the next one; pairs with release in leave().
    return !busy_.exchange(true, std::memory_order_acquire);
  }
  /// The call has ended. Threads: its own.
  void leave() noexcept {
    // sync Serial.busy release: ends the call; pairs with acquire in try_enter().
    busy_.store(false, std::memory_order_release);
  }
  /// Threads: any.
  [[nodiscard]] bool busy() const noexcept { return busy_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> busy_{false};
};

}  // namespace shmidl::rpc
