// A lock that costs its first user no read-modify-write, for as long as nobody else wants it.
#pragma once

#include <atomic>
#include <mutex>

#include "os/barrier.hpp"
#include "rpc/thread_memory.hpp"

namespace shmidl::rpc {

/// The first thread owns the lock: it stores `busy_`, then looks at `owner_`. Another thread takes the ownership away for good, has every thread
/// of the process pass a full fence, and waits until `busy_` is 0; from then on the lock is the mutex. One of the two sees the other, as in
/// the handshake of shm/wake.hpp, but the rare side pays for both.
///
/// A *guest*, such as the watcher with its looks a second apart, takes the ownership in the same way but gives it back when it unlocks: the fence
/// costs it a microsecond each time, and the owner waits at most for that one use. It never becomes the owner.
///
/// Threads: any. A thread's identity is the address of its ThreadMemory; a later thread at the same address takes a dead owner's place.
class BiasedLock {
 public:
  /// True if it was entered as its owner; to be handed to unlock().
  bool lock() noexcept {
    if (owner_.load(std::memory_order_relaxed) == &thread_memory) [[likely]] {
      busy_.store(1, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      // sync BiasedLock.owner acquire: what a guest did is seen; pairs with release in unlock_guest().
      if (owner_.load(std::memory_order_acquire) == &thread_memory) [[likely]] return true;
      // sync BiasedLock.busy release: as in unlock().
      busy_.store(0, std::memory_order_release);
    }
    return lock_slowly();
  }
  void unlock(bool as_owner) noexcept {
    // sync BiasedLock.busy release: ends the owner's use of what is guarded; pairs with acquire in lock_slowly().
    if (as_owner) busy_.store(0, std::memory_order_release);
    else mutex_.unlock();
  }

  /// As lock(), but the owner stays the owner; to be handed to unlock_guest().
  bool lock_as_guest() noexcept;
  void unlock_guest(bool as_owner) noexcept;

  class Guard {
   public:
    explicit Guard(BiasedLock& lock) noexcept : lock_(lock), as_owner_(lock.lock()) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { lock_.unlock(as_owner_); }

   private:
    BiasedLock& lock_;
    const bool as_owner_;
  };

  class Guest {
   public:
    explicit Guest(BiasedLock& lock) noexcept : lock_(lock), as_owner_(lock.lock_as_guest()) {}
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;
    ~Guest() { lock_.unlock_guest(as_owner_); }

   private:
    BiasedLock& lock_;
    const bool as_owner_;
  };

 private:
  bool lock_slowly() noexcept;
  /// With the mutex: nobody owns the lock, and no owner is inside.
  void take_away() noexcept;

  std::atomic<const ThreadMemory*> owner_{nullptr};
  std::atomic<unsigned> busy_{0};
  std::mutex mutex_;       // guards what follows, and, once it was shared, what the lock guards
  bool was_owned_ = false;
  const ThreadMemory* lender_ = nullptr;  // while a guest has the lock: whom it gives the ownership back to
};

}  // namespace shmidl::rpc
