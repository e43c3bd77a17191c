#include "rpc/own_memory.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "shm/access.hpp"

namespace shmidl::rpc {

namespace {
using shm::Access;

// The first region holds a few calls of ordinary size; later ones double, so that their number stays small. Chosen, not measured.
constexpr std::size_t kFirstRegionBytes = std::size_t{256} << 10;
constexpr std::size_t kLargestStepBytes = std::size_t{64} << 20;
}  // namespace

Result<std::shared_ptr<OwnMemory>> OwnMemory::create(std::size_t limit_bytes) {
  auto descriptor = os::create_segment(shm::kSegmentBytes);
  if (!descriptor) return descriptor.error();
  auto mapping = os::map_owned(*descriptor, shm::kSegmentBytes);
  if (!mapping) return mapping.error();
  std::shared_ptr<OwnMemory> memory(new OwnMemory(limit_bytes));
  memory->segment_ = new (mapping->data()) shm::Segment{};
  memory->segment_->control.head.magic = shm::kMagic;
  memory->segment_->control.head.layout = shm::layout_number();
  memory->segment_->control.head.bytes = shm::kSegmentBytes;
  if (auto sealed = os::seal_segment(*descriptor); !sealed) return sealed.error();
  memory->descriptor_ = std::move(*descriptor);
  memory->bases_[0].store(mapping->data(), std::memory_order_release);
  memory->reserved_bytes_ = shm::kSegmentBytes;
  memory->mappings_.push_back(std::move(*mapping));
  memory->arena_.add(0, shm::kArenaOffset, sizeof(shm::Segment::arena));
  memory->slots_in_use_.reserve(shm::kSlots);
  memory->slots_free_.reserve(shm::kSlots);
  for (std::uint32_t slot = shm::kSlots; slot-- > 0;) memory->slots_free_.push_back(slot);
  return memory;
}


std::optional<shm::Arena::Range> OwnMemory::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  return arena_.allocate(bytes);
}

Result<OwnMemory::Added> OwnMemory::reserve(std::size_t bytes) {
  std::size_t size = 0;
  std::uint16_t region = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t room = limit_bytes_ - std::min(limit_bytes_, reserved_bytes_);
    if (bytes > room) {
      return Error(bytes > limit_bytes_ ? Errc::too_large : Errc::no_resources,
                   std::to_string(bytes) + " bytes do not fit into what is left of this connection's " + std::to_string(limit_bytes_) +
                       " bytes; raise max_own_bytes, or send less at a time");
    }
    if (next_region_ == kMaxRegions) return Error(Errc::no_resources, "this connection has used up its " + std::to_string(kMaxRegions) + " regions");
    const std::size_t step = std::clamp(std::bit_ceil(reserved_bytes_), kFirstRegionBytes, kLargestStepBytes);
    size = os::round_to_pages(std::min(room, std::max(step, bytes + bytes / 8)));
    region = next_region_++;
    reserved_bytes_ += size;
  }
  auto failed = [&](const Error& error) {
    const std::lock_guard lock(mutex_);
    reserved_bytes_ -= size;
    return error;
  };
  auto descriptor = os::create_segment(size);
  if (!descriptor) return failed(descriptor.error());
  auto mapping = os::map_owned(*descriptor, size);
  if (!mapping) return failed(mapping.error());
  if (auto sealed = os::seal_segment(*descriptor); !sealed) return failed(sealed.error());
  // sync OwnMemory.bases release: the mapping is complete; pairs with acquire in at().
  bases_[region].store(mapping->data(), std::memory_order_release);
  const std::lock_guard lock(mutex_);
  mappings_.push_back(std::move(*mapping));
  return Added{region, std::move(*descriptor), size};
}

void OwnMemory::commit(const Added& added) {
  const std::lock_guard lock(mutex_);
  arena_.add(added.region, 0, added.bytes);
}

void OwnMemory::give_back(std::uint32_t block) noexcept {
  const std::lock_guard lock(mutex_);
  arena_.release(block);
}

void OwnMemory::give_back(Held& held) noexcept {
  if (!held.blocks.empty()) {
    const std::lock_guard lock(mutex_);
    for (const std::uint32_t block : held.blocks) arena_.release(block);
    held.blocks.clear();
  }
  for (stub::Storage* storage : held.storages) storage->release();
  held.storages.clear();
}

std::optional<OwnMemory::Found> OwnMemory::find(const void* data, std::size_t bytes) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const std::lock_guard lock(mutex_);
  auto after = arrays_.upper_bound(address);
  if (after == arrays_.begin()) return std::nullopt;
  const auto& [start, array] = *--after;
  if (address - start > array.bytes || bytes > array.bytes - (address - start)) return std::nullopt;
  array.storage->retain();
  Found found;
  found.descriptor = {array.region, shm::kArena, 0, static_cast<std::uint32_t>(bytes), array.offset + (address - start)};
  found.storage = array.storage;
  return found;
}

void OwnMemory::register_array(const void* data, std::size_t bytes, std::uint16_t region, std::uint64_t offset, stub::Storage* storage) {
  const std::lock_guard lock(mutex_);
  arrays_.insert_or_assign(reinterpret_cast<std::uintptr_t>(data), UserArray{bytes, region, offset, storage});
}

void OwnMemory::forget_array(const void* data) noexcept {
  const std::lock_guard lock(mutex_);
  arrays_.erase(reinterpret_cast<std::uintptr_t>(data));
}

void OwnMemory::collect_locked(const shm::Segment& peer) noexcept {
  std::erase_if(slots_in_use_, [&](std::uint32_t index) {
    Slot& slot = slots_[index];
    if (!shm::slot_released<Access>(peer, index, slot.generation)) return false;
    for (const std::uint32_t block : slot.held.blocks) arena_.release(block);
    slot.held.blocks.clear();
    slot.in_use = false;
    slots_free_.push_back(index);
    return true;
  });
}

void OwnMemory::collect(const shm::Segment& peer) noexcept {
  std::vector<stub::Storage*> storages;  // released without the lock: their end calls back into this object
  {
    const std::lock_guard lock(mutex_);
    collect_locked(peer);
    for (const std::uint32_t index : slots_free_) {
      auto& of_slot = slots_[index].held.storages;
      storages.insert(storages.end(), of_slot.begin(), of_slot.end());
      of_slot.clear();
    }
  }
  for (stub::Storage* storage : storages) storage->release();
}

void OwnMemory::abandon_slots() noexcept {
  for (Slot& slot : slots_) give_back(slot.held);
}

std::optional<std::uint32_t> OwnMemory::take_slot(const shm::Segment& peer, Held& held) {
  collect(peer);
  const std::lock_guard lock(mutex_);
  if (slots_free_.empty()) return std::nullopt;
  const std::uint32_t index = slots_free_.back();
  slots_free_.pop_back();
  slots_in_use_.push_back(index);
  Slot& slot = slots_[index];
  slot.generation = (slot.generation + 1) & 0xffffu;
  slot.in_use = true;
  std::swap(slot.held, held);
  return shm::pack_slot(index, slot.generation);
}

}  // namespace shmidl::rpc
