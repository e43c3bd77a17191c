// Who keeps the memory of an Array: private memory, the peer's frame, or the connection's arena.
#pragma once

#include <cstddef>
#include <cstdint>

namespace shmidl::stub {

/// A counted owner of memory.
///
/// Lifetime: until the last reference is released; then `destroy` runs on the thread that released it.
/// Threads:  any.
struct Storage {
  using Destroy = void (*)(Storage*) noexcept;

  explicit Storage(Destroy how) noexcept : destroy(how) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void retain() noexcept;
  void release() noexcept;
  [[nodiscard]] bool unique() const noexcept;

  Destroy destroy;

 protected:
  ~Storage() = default;

 private:
  mutable std::uint32_t references_ = 1;  // a plain word: every stub would have to read <atomic>
};

/// A Storage that is followed by `bytes` of private memory, aligned to 64; throws std::bad_alloc.
Storage* make_private_storage(std::size_t bytes);
/// The memory of a private storage.
void* private_memory(Storage* storage) noexcept;

}  // namespace shmidl::stub
