// Which of a server's threads looks for calls.
#pragma once

#include <atomic>
#include <cstdint>

namespace shmidl::rpc {

/// One thread leads: it looks, and passes the lead on before it runs what it found. Of the others one stands by: it takes naps, and takes the lead
/// when it finds it free, which is while the leader runs a long call. The rest sleep until there is nobody on stand-by.
///
/// So a short call costs no system call: its thread mostly takes the lead back itself. While calls are long, as many threads are awake as there
/// are calls.
class Lead {
 public:
  /// Waits for the lead.
  void take() noexcept {
    if (!try_take()) wait();
  }
  void pass() noexcept;
  /// The leader sleeps, or does not any more: whoever stands by may sleep too.
  void idle(bool asleep) noexcept { idle_.store(asleep, std::memory_order_relaxed); }

 private:
  bool try_take() noexcept {
    std::uint32_t free = 0;
    // sync Lead.taken acquire: what the former leader knew is seen; pairs with release in pass(). seq_cst, the look too: ordered after the announcements in wait().
    return taken_.load(std::memory_order_seq_cst) == 0 && taken_.compare_exchange_strong(free, 1, std::memory_order_seq_cst);
  }
  void wait() noexcept;
  bool stand_by() noexcept;

  std::atomic<std::uint32_t> taken_{0};
  std::atomic<bool> idle_{false};
  std::atomic<std::uint32_t> standing_by_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> wakes_{0};  // the sleepers' futex
};

}  // namespace shmidl::rpc
