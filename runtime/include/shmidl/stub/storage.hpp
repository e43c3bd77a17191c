// Who keeps the memory of an Array: private memory, the peer's frame, or the connection's arena.
#pragma once

#include <atomic>
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

  void retain() noexcept { references.fetch_add(1, std::memory_order_relaxed); }

  void release() noexcept {
    // sync Storage.references acq_rel: the last releaser sees every use of the memory by the others before it is destroyed.
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }

  // sync Storage.references acquire: pairs with release(); a sole owner sees what former owners did.
  [[nodiscard]] bool unique() const noexcept { return references.load(std::memory_order_acquire) == 1; }

  std::atomic<std::uint32_t> references{1};
  Destroy destroy;

 protected:
  ~Storage() = default;
};

/// A Storage that is followed by `bytes` of private memory, aligned to 64; throws std::bad_alloc.
Storage* make_private_storage(std::size_t bytes);
/// The memory of a private storage.
void* private_memory(Storage* storage) noexcept;

}  // namespace shmidl::stub
