#include "rpc/biased_lock.hpp"

#include <thread>

#include "shm/access.hpp"

namespace shmidl::rpc {

bool BiasedLock::lock_slowly() noexcept {
  mutex_.lock();
  // Its owner comes here when a guest had the lock; no other guest is inside, or the mutex would be taken.
  if (owner_.load(std::memory_order_relaxed) == &thread_memory || (!was_owned_ && os::can_fence_all_threads())) {
    was_owned_ = true;
    busy_.store(1, std::memory_order_relaxed);
    // sync BiasedLock.owner release: the lock is in use; pairs with acquire in take_away().
    owner_.store(&thread_memory, std::memory_order_release);
    mutex_.unlock();
    return true;
  }
  was_owned_ = true;
  take_away();
  return false;
}

void BiasedLock::take_away() noexcept {
  // sync BiasedLock.owner acquire: pairs with release in lock_slowly().
  if (owner_.load(std::memory_order_acquire) != nullptr) {
    owner_.store(nullptr, std::memory_order_relaxed);
    os::fence_all_threads();
  }
  // sync BiasedLock.busy acquire: the owner's use of what is guarded has ended; pairs with release in unlock().
  for (unsigned look = 1; busy_.load(std::memory_order_acquire) != 0; ++look) {
    if (look % 64 == 0) std::this_thread::yield();
    else shm::pause();
  }
}

bool BiasedLock::lock_as_guest() noexcept {
  if (owner_.load(std::memory_order_relaxed) == &thread_memory) return lock();
  mutex_.lock();
  lender_ = owner_.load(std::memory_order_relaxed);  // changes only with the mutex
  take_away();
  return false;
}

void BiasedLock::unlock_guest(bool as_owner) noexcept {
  if (as_owner) return unlock(true);
  // sync BiasedLock.owner release: ends the guest's use of what is guarded; pairs with acquire in lock().
  if (lender_ != nullptr) owner_.store(lender_, std::memory_order_release);
  mutex_.unlock();
}

}  // namespace shmidl::rpc
