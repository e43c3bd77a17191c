// The peer's memory, mapped read-only, and the checks between its words and an access.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include <shmidl/result.hpp>

#include "os/memory.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/watcher.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

/// Threads: any, but where it says otherwise.
class PeerMemory {
 public:
  /// `limit_bytes` bounds what the peer may hand over in all.
  explicit PeerMemory(std::size_t limit_bytes) noexcept;

  /// Maps the first segment, which stays as long as this object. Errors: protocol_error.
  Result<void> open(const Fd& descriptor);
  /// Maps a further region. Errors: protocol_error.
  Result<void> add(std::uint32_t region, std::uint64_t bytes, const Fd& descriptor);

  [[nodiscard]] const shm::Segment& segment() const noexcept { return *segment_; }

  /// The regions that somebody reads: they stay mapped until it ends, whatever the peer says.
  ///
  /// Lifetime: ends before its PeerMemory.
  class Pins {
   public:
    Pins() noexcept = default;
    Pins(const Pins&) = delete;
    Pins& operator=(const Pins&) = delete;
    ~Pins() {
      if (regions_ != 0) memory_->unpin(regions_);
    }

   private:
    friend class PeerMemory;
    PeerMemory* memory_ = nullptr;
    std::uint64_t regions_ = 0;  // a bit each
  };

  enum class Verdict { good, not_yet, nonsense, no_memory, no_descriptors };
  /// Where a descriptor (a private copy of it) points to; to be read while `pins` lives.
  Verdict resolve(const shm::Descriptor& descriptor, const std::byte*& data, Pins& pins) noexcept;

  /// Whom to have ticked when a region can be unmapped: its on_tick calls finish_drops(). Threads: before the first drop().
  void set_keeper(std::weak_ptr<Watched> keeper) noexcept { keeper_ = std::move(keeper); }
  /// The peer wants a region back: nothing more is read from it, and the keeper is ticked once nobody reads it. Errors: protocol_error.
  Result<void> drop(std::uint32_t region);
  /// Unmaps the regions that were dropped and are read no more; a bit for each, to be acknowledged. Threads: the watcher's.
  [[nodiscard]] std::uint64_t finish_drops() noexcept;

 private:
  // Region::readers: how many Pins hold the region, and two bits.
  static constexpr std::uint32_t kUnmapped = 0x8000'0000u;  // may be added
  static constexpr std::uint32_t kDropping = 0x4000'0000u;  // takes no more readers

  struct Region {
    std::atomic<std::uint32_t> readers{kUnmapped};
    os::Mapping mapping;  // written while `readers` says kUnmapped
  };

  /// Null if there is no such region, or it is being dropped.
  [[nodiscard]] const os::Mapping* pin(std::uint32_t region) noexcept;
  void unpin(std::uint64_t regions) noexcept;
  void unpin_one(Region& region) noexcept;

  const std::size_t limit_bytes_;
  const std::uint32_t process_mark_;
  const shm::Segment* segment_ = nullptr;
  std::weak_ptr<Watched> keeper_;
  os::Mapping segment_mapping_;
  std::atomic<Region*> regions_{nullptr};  // by number; made with the first of them, since most connections have none
  std::mutex mutex_;  // guards what follows, and changes of the two bits
  std::unique_ptr<Region[]> table_;        // what regions_ points to
  std::size_t mapped_bytes_ = 0;
};

}  // namespace shmidl::rpc
