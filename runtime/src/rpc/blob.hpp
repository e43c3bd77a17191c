// What stands behind a Blob.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <shmidl/blob.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/fork.hpp"

namespace shmidl::rpc {

/// The memory of a blob: a sealed memfd, mapped when somebody reads it.
///
/// Lifetime: shared by the handles and by the connections that hand it over. Threads: any.
class BlobMemory {
 public:
  /// `descriptor` is sealed against writing and has `bytes` bytes.
  BlobMemory(Fd descriptor, std::size_t bytes) noexcept : descriptor_(std::move(descriptor)), bytes_(bytes) {}
  BlobMemory(const BlobMemory&) = delete;
  BlobMemory& operator=(const BlobMemory&) = delete;
  ~BlobMemory();

  [[nodiscard]] const Fd& descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
  /// The first byte, mapped by the first call. Errors: no_resources.
  Result<const std::byte*> data() const;

 private:
  const Fd descriptor_;
  const std::size_t bytes_;
  mutable std::atomic<const std::byte*> data_{nullptr};
};

/// Who is told when the last handle to a blob that came over a connection goes.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  virtual void let_go(std::uint32_t handle) noexcept = 0;
};

/// What a Blob's handles share.
struct BlobStorage final : stub::Storage {
  explicit BlobStorage(std::shared_ptr<const BlobMemory> of, std::shared_ptr<BlobSource> source = nullptr, std::uint32_t number = 0) noexcept
      : Storage(&end), memory(std::move(of)), from(std::move(source)), handle(number) {}

  static void end(Storage* storage) noexcept;
  static const BlobStorage& of(const stub::Storage& storage) noexcept { return static_cast<const BlobStorage&>(storage); }

  const std::shared_ptr<const BlobMemory> memory;
  const std::shared_ptr<BlobSource> from;  // null: made in this process
  const std::uint32_t handle;
  const std::uint32_t process = os::process_mark();
};

}  // namespace shmidl::rpc
