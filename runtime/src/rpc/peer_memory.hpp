// The peer's memory, mapped read-only, and the checks between its words and an access.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <shmidl/result.hpp>

#include "os/memory.hpp"
#include "rpc/own_memory.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

class PeerMemory {
 public:
  /// `limit_bytes` bounds what the peer may hand over in all.
  explicit PeerMemory(std::size_t limit_bytes) noexcept : limit_bytes_(limit_bytes) {}

  /// Maps the first segment. Errors: protocol_error.
  Result<void> open(const Fd& descriptor);
  /// Maps a further region. Threads: the watcher's. Errors: protocol_error.
  Result<void> add(std::uint32_t region, std::uint64_t bytes, const Fd& descriptor);

  [[nodiscard]] const shm::Segment& segment() const noexcept { return *segment_; }

  enum class Verdict { good, not_yet, nonsense, no_memory };
  /// Where a descriptor (a private copy of it) points to.
  Verdict resolve(const shm::Descriptor& descriptor, const std::byte*& data) const noexcept;

 private:
  struct Region {
    std::atomic<const std::byte*> base{nullptr};
    std::uint64_t bytes = 0;  // written before base
  };

  const std::size_t limit_bytes_;
  const shm::Segment* segment_ = nullptr;
  std::array<Region, kMaxRegions> regions_;
  std::mutex mutex_;  // guards what follows
  std::size_t mapped_bytes_ = 0;
  std::vector<os::Mapping> mappings_;
};

}  // namespace shmidl::rpc
