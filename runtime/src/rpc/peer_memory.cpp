#include "rpc/peer_memory.hpp"

#include <bit>
#include <utility>

#include "os/fork.hpp"

namespace shmidl::rpc {

PeerMemory::PeerMemory(std::size_t limit_bytes) noexcept : limit_bytes_(limit_bytes), process_mark_(os::process_mark()) {}

Result<void> PeerMemory::open(const Fd& descriptor) {
  if (shm::kSegmentBytes > limit_bytes_) return Error(Errc::protocol_error, "the peer handed over more memory than this side accepts");
  auto mapping = os::map_peer(descriptor, shm::kSegmentBytes, os::Sealed::segment);
  if (!mapping) return mapping.error();
  segment_mapping_ = std::move(*mapping);
  mapped_bytes_ = shm::kSegmentBytes;
  segment_ = reinterpret_cast<const shm::Segment*>(segment_mapping_.data());
  shm::Segment const& segment = *segment_;
  if (segment.control.head.magic != shm::kMagic || segment.control.head.layout != shm::layout_number()) {
    return Error(Errc::version_mismatch, "the peer's segment has another layout; build both sides with the same shmidl version");
  }
  return {};
}

Result<void> PeerMemory::add(std::uint32_t number, std::uint64_t bytes, const Fd& descriptor) {
  const std::lock_guard lock(mutex_);
  if (table_ == nullptr) table_ = std::make_unique<Region[]>(kMaxRegions);
  // sync PeerMemory.regions release: the table is complete; pairs with acquire in pin().
  regions_.store(table_.get(), std::memory_order_release);
  if (number == 0 || number >= kMaxRegions || (table_[number].readers.load(std::memory_order_relaxed) & kUnmapped) == 0) {
    return Error(Errc::protocol_error, "the peer added region " + std::to_string(number) + ", which it may not");
  }
  if (bytes == 0 || bytes > limit_bytes_ - mapped_bytes_) {
    return Error(Errc::protocol_error, "the peer handed over more memory than this side accepts");
  }
  auto mapping = os::map_peer(descriptor, static_cast<std::size_t>(bytes), os::Sealed::segment);
  if (!mapping) return mapping.error();
  mapped_bytes_ += static_cast<std::size_t>(bytes);
  table_[number].mapping = std::move(*mapping);
  // sync Region.readers release: the mapping is complete; pairs with acquire in pin().
  table_[number].readers.fetch_and(~kUnmapped, std::memory_order_release);
  return {};
}

const os::Mapping* PeerMemory::pin(std::uint32_t number) noexcept {
  // sync PeerMemory.regions acquire: pairs with release in add().
  Region* const regions = regions_.load(std::memory_order_acquire);
  if (regions == nullptr) return nullptr;
  // sync Region.readers acquire: pairs with release in add().
  if ((regions[number].readers.fetch_add(1, std::memory_order_acquire) & (kUnmapped | kDropping)) == 0) return &regions[number].mapping;
  unpin_one(regions[number]);
  return nullptr;
}

void PeerMemory::unpin_one(Region& region) noexcept {
  // sync Region.readers release: ends this reader's reads; pairs with acquire in finish_drops().
  if (region.readers.fetch_sub(1, std::memory_order_release) != (kDropping | 1)) return;
  // In a forked child there is nothing to unmap, and no watcher that would.
  if (process_mark_ != os::process_mark()) return;
  static_cast<void>(Watcher::tick(keeper_, os::Clock::now()));
}

void PeerMemory::unpin(std::uint64_t regions) noexcept {
  Region* const table = regions_.load(std::memory_order_relaxed);  // seen by pin()
  for (; regions != 0; regions &= regions - 1) unpin_one(table[static_cast<unsigned>(std::countr_zero(regions))]);
}

PeerMemory::Verdict PeerMemory::resolve(const shm::Descriptor& descriptor, const std::byte*& data, Pins& pins) noexcept {
  if (descriptor.region >= kMaxRegions || descriptor.kind != shm::kArena) return Verdict::nonsense;
  const std::uint64_t bit = std::uint64_t{1} << descriptor.region;
  const os::Mapping* mapping = &segment_mapping_;
  if ((pins.regions_ & bit) != 0) {
    mapping = &regions_.load(std::memory_order_relaxed)[descriptor.region].mapping;  // seen by pin()
  } else if (descriptor.region != 0) {
    mapping = pin(descriptor.region);
    if (mapping == nullptr) return Verdict::not_yet;
    pins.memory_ = this;
    pins.regions_ |= bit;
  }
  if (descriptor.offset > mapping->size() || descriptor.length > mapping->size() - descriptor.offset) return Verdict::nonsense;
  data = mapping->data() + static_cast<std::size_t>(descriptor.offset);
  return Verdict::good;
}

Result<void> PeerMemory::drop(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (number == 0 || number >= kMaxRegions || table_ == nullptr ||
      (table_[number].readers.load(std::memory_order_relaxed) & (kUnmapped | kDropping)) != 0) {
    return Error(Errc::protocol_error, "the peer dropped region " + std::to_string(number) + ", which it may not");
  }
  // Where somebody reads it, the last one ticks. Without the memory to tick now, the region goes with the next tick of this connection.
  if (table_[number].readers.fetch_or(kDropping, std::memory_order_relaxed) == 0) static_cast<void>(Watcher::tick(keeper_, os::Clock::now()));
  return {};
}

std::uint64_t PeerMemory::finish_drops() noexcept {
  std::uint64_t finished = 0;
  const std::lock_guard lock(mutex_);
  for (std::uint32_t number = 1; table_ != nullptr && number < kMaxRegions; ++number) {
    Region& region = table_[number];
    if ((region.readers.load(std::memory_order_relaxed) & kDropping) == 0) continue;
    std::uint32_t expected = kDropping;
    // sync Region.readers acquire: all reads have ended; pairs with release in unpin_one(). Else somebody holds it for a moment and ticks again.
    if (!region.readers.compare_exchange_strong(expected, kUnmapped, std::memory_order_acquire, std::memory_order_relaxed)) continue;
    mapped_bytes_ -= region.mapping.size();
    region.mapping = os::Mapping();
    finished |= std::uint64_t{1} << number;
  }
  return finished;
}

}  // namespace shmidl::rpc
