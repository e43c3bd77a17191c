#include "rpc/biased_lock.hpp"

#include <thread>

#include "shm/access.hpp"

namespace shmidl::rpc {

bool BiasedLock::lock_slowly() noexcept {
  mutex_.lock();
  if (!was_owned_) {
    was_owned_ = true;
    if (os::can_fence_all_threads()) {
      busy_.store(1, std::memory_order_relaxed);
      // sync BiasedLock.owner release: the lock is in use; pairs with acquire below.
      owner_.store(&thread_memory, std::memory_order_release);
      mutex_.unlock();
      return true;
    }
  }
  // sync BiasedLock.owner acquire: pairs with release above.
  if (owner_.load(std::memory_order_acquire) != nullptr) {
    owner_.store(nullptr, std::memory_order_relaxed);
    os::fence_all_threads();
  }
  // sync BiasedLock.busy acquire: the owner's use of what is guarded has ended; pairs with release in unlock().
  for (unsigned look = 1; busy_.load(std::memory_order_acquire) != 0; ++look) {
    if (look % 64 == 0) std::this_thread::yield();
    else shm::pause();
  }
  return false;
}

}  // namespace shmidl::rpc
