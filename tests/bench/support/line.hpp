// The raw exchange of a cache line between two cores: what everything is compared with.
#pragma once

#include "support/cores.hpp"
#include "support/samples.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>

#include <sys/mman.h>

namespace shmidl::bench {

inline void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline void spin_until(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  while (word.load(std::memory_order_acquire) != value) pause_cpu();
}

/// An object of T, or an array's worth of bytes behind it, in memory that forks share; touched already.
template <class T>
class Shared {
 public:
  explicit Shared(std::size_t more_bytes = 0) : size_(sizeof(T) + more_bytes) {
    memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    object_ = new (memory_) T;
  }
  ~Shared() { ::munmap(memory_, size_); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  /// The bytes behind the object.
  [[nodiscard]] std::uint8_t* behind() const { return static_cast<std::uint8_t*>(memory_) + sizeof(T); }

 private:
  std::size_t size_;
  void* memory_;
  T* object_;
};

/// One 4-byte word each way, each on its own cache line, both sides spinning with `pause`. Forks.
Samples line_exchange(const Cores& cores, double seconds);

/// How far the two cores are apart now: the median of a few short batches.
Nanoseconds probe_line(const Cores& cores);

}  // namespace shmidl::bench
