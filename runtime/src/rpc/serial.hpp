// An object whose calls run one at a time, whoever calls: @Serial.
#pragma once

#include <atomic>

namespace shmidl::rpc {

/// Whoever leads enters, or a caller of the same process; nobody waits for it: a call that has to stays where it stands, and keeps no thread.
class Serial {
 public:
  /// True if no call of the object runs; then one does. Else a call waits for it from now on. Threads: the leader.
  [[nodiscard]] bool try_enter() noexcept {
    const bool entered = enter();
    if (waited_for_.load(std::memory_order_relaxed) == entered) waited_for_.store(!entered, std::memory_order_relaxed);
    return entered;
  }
  /// The same for a caller of this process: not while a call waits, which callers that come again and again would keep from its turn. Threads: any.
  [[nodiscard]] bool try_enter_in_turn() noexcept { return !waited_for_.load(std::memory_order_relaxed) && enter(); }
  /// The call has ended. Threads: its own.
  void leave() noexcept {
    // sync Serial.busy release: ends the call; pairs with acquire in enter().
    busy_.store(false, std::memory_order_release);
  }
  /// Threads: any.
  [[nodiscard]] bool busy() const noexcept { return busy_.load(std::memory_order_relaxed); }

 private:
  bool enter() noexcept {
    if (busy_.load(std::memory_order_relaxed)) return false;
    // sync Serial.busy acquire: what the last call did is seen by the next one; pairs with release in leave().
    return !busy_.exchange(true, std::memory_order_acquire);
  }

  std::atomic<bool> busy_{false};
  std::atomic<bool> waited_for_{false};  // a hint: who it keeps out goes the way of all calls
};

}  // namespace shmidl::rpc
