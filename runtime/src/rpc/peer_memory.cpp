#include "rpc/peer_memory.hpp"

#include <utility>

namespace shmidl::rpc {

Result<void> PeerMemory::open(const Fd& descriptor) {
  auto added = add(0, shm::kSegmentBytes, descriptor);
  if (!added) return added;
  segment_ = reinterpret_cast<const shm::Segment*>(regions_[0].base.load(std::memory_order_relaxed));
  shm::Segment const& segment = *segment_;
  if (segment.control.head.magic != shm::kMagic || segment.control.head.layout != shm::layout_number()) {
    return Error(Errc::version_mismatch, "the peer's segment has another layout; build both sides with the same shmidl version");
  }
  return {};
}

Result<void> PeerMemory::add(std::uint32_t region, std::uint64_t bytes, const Fd& descriptor) {
  const std::lock_guard lock(mutex_);
  if (region >= kMaxRegions || regions_[region].base.load(std::memory_order_relaxed) != nullptr) {
    return Error(Errc::protocol_error, "the peer added region " + std::to_string(region) + ", which it may not");
  }
  if (bytes == 0 || bytes > limit_bytes_ - mapped_bytes_) {
    return Error(Errc::protocol_error, "the peer handed over more memory than this side accepts");
  }
  auto mapping = os::map_peer(descriptor, static_cast<std::size_t>(bytes), os::Sealed::segment);
  if (!mapping) return mapping.error();
  mapped_bytes_ += static_cast<std::size_t>(bytes);
  regions_[region].bytes = bytes;
  const std::byte* base = mapping->data();
  mappings_.push_back(std::move(*mapping));
  // sync Region.base release: the size and the mapping are complete; pairs with acquire in resolve().
  regions_[region].base.store(base, std::memory_order_release);
  return {};
}

PeerMemory::Verdict PeerMemory::resolve(const shm::Descriptor& descriptor, const std::byte*& data) const noexcept {
  if (descriptor.region >= kMaxRegions || descriptor.kind != shm::kArena) return Verdict::nonsense;
  const Region& region = regions_[descriptor.region];
  // sync Region.base acquire: pairs with release in add().
  const std::byte* base = region.base.load(std::memory_order_acquire);
  if (base == nullptr) return Verdict::not_yet;
  if (descriptor.offset > region.bytes || descriptor.length > region.bytes - descriptor.offset) return Verdict::nonsense;
  data = base + static_cast<std::size_t>(descriptor.offset);
  return Verdict::good;
}

}  // namespace shmidl::rpc
