// How many handlers a server runs at a time, where threads of its callers run some of them.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/clock.hpp"
#include "os/futex.hpp"

namespace shmidl::rpc {

/// A server whose callers are other processes has none and asks for none: its threads are the bound. Once a client of its own process has come, each of
/// its threads brings a permit when it looks for its next job, and takes one for each job from then on. A caller takes one that is free, or lets the
/// server's threads run its call. So there are never more handlers than threads, also while some threads have not noticed yet.
///
/// Threads: any. Lifetime: longer than whoever holds a permit.
class Permits {
 public:
  /// For a caller: not while one of the server's threads waits, which callers that come again and again would keep from its turn.
  [[nodiscard]] bool try_take_in_turn() noexcept { return waiting_.load(std::memory_order_relaxed) == 0 && try_take(); }
  [[nodiscard]] bool try_take() noexcept {
    std::uint32_t free = free_.load(std::memory_order_relaxed);
    // sync Permits.free acquire: what the last holder did is seen; pairs with release in give().
    while (free != 0)
      if (free_.compare_exchange_weak(free, free - 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    return false;
  }
  /// Waits for one.
  void take() noexcept {
    while (!try_take()) {
      waiting_.fetch_add(1, std::memory_order_seq_cst);
      if (free_.load(std::memory_order_seq_cst) == 0) os::wait_private(os::word_of(free_), 0, os::Deadline::never());
      waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  /// Gives one back, or brings it.
  void give() noexcept {
    // sync Permits.free release: ends the holder's turn; pairs with acquire in try_take(). seq_cst: ordered before the look at who waits.
    free_.fetch_add(1, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) != 0) os::wake(os::word_of(free_), 1, true);
  }

  /// One of the server's threads: before it noticed, it needs no permits.
  class Part {
   public:
    Part() noexcept = default;
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    /// Takes back what it brought: the callers' threads that run handlers have ended theirs.
    ~Part() {
      if (permits_ != nullptr) permits_->take();
    }
    void join(Permits& permits) noexcept {
      if (permits_ != nullptr) return;
      permits_ = &permits;
      permits.give();
    }
    void begin() noexcept {
      if (permits_ != nullptr) [[unlikely]] permits_->take();
    }
    void end() noexcept {
      if (permits_ != nullptr) [[unlikely]] permits_->give();
    }

   private:
    Permits* permits_ = nullptr;
  };

 private:
  std::atomic<std::uint32_t> free_{0};
  std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace shmidl::rpc
