#include "rpc/own_memory.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <new>
#include <utility>

#include "os/cache.hpp"
#include "shm/access.hpp"

namespace shmidl::rpc {

namespace {
using shm::Access;

// The first region holds a few calls of ordinary size; later ones are half of what is there, so that their number stays small. Doubling
// overshoots more: a mix of sizes of which 32 MiB are in use takes 66 MiB with half and up to 120 with all.
constexpr std::size_t kFirstRegionBytes = std::size_t{256} << 10;
constexpr std::size_t kLargestStepBytes = std::size_t{64} << 20;
constexpr std::uint8_t kIdleLooks = 2;
}  // namespace

OwnMemory::OwnMemory(std::size_t limit_bytes)
    : own_limit_bytes_(limit_bytes), peer_limit_bytes_(limit_bytes), limit_bytes_(limit_bytes), arena_(os::hand_over_footprint()) {}

void OwnMemory::set_peer_limit(std::uint64_t bytes, std::string_view option) noexcept {
  peer_limit_bytes_ = bytes;
  peer_option_ = option;
  limit_bytes_ = static_cast<std::size_t>(std::min<std::uint64_t>(own_limit_bytes_, bytes));
}

std::string OwnMemory::limits() const {
  return "max_own_bytes is " + std::to_string(own_limit_bytes_) + " here, and the other side's " + std::string(peer_option_) + " is " +
         std::to_string(peer_limit_bytes_);
}

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
  memory->reserved_bytes_ = shm::kSegmentBytes;
  memory->segment_mapping_ = std::move(*mapping);
  memory->arena_.add(0, shm::kArenaOffset, sizeof(shm::Segment::arena));
  return memory;
}

std::optional<shm::Arena::Range> OwnMemory::take(std::size_t bytes, For whom) {
  const BiasedLock::Guard lock(lock_);
  auto range = arena_.allocate(bytes);
  if (!range) return range;
  if (bytes >= shm::Arena::kLargeBytes && arena_.wants_longer_way()) longer_way_.store(true, std::memory_order_relaxed);
  try {
    if (whom.held != nullptr) note(*whom.held, nullptr, range->block);
    if (whom.array != nullptr) {
      note_array({reinterpret_cast<std::uintptr_t>(at(range->region, range->offset)), bytes, range->offset, whom.array, range->region});
    }
  } catch (const std::bad_alloc&) {
    arena_.release(range->block);
    throw;
  }
  return range;
}

void OwnMemory::note(Held& held, stub::Storage* storage, std::uint32_t block) {
  std::uint32_t use = unused_;
  if (use != Held::kNone) {
    unused_ = uses_[use].next;
  } else {
    use = static_cast<std::uint32_t>(uses_.size());
    uses_.emplace_back();
  }
  uses_[use] = {storage, block, held.first};
  held.first = use;
}

Result<OwnMemory::Added> OwnMemory::reserve(std::optional<std::size_t> bytes) {
  std::size_t size = 0;
  std::uint16_t region = 1;
  {
    const BiasedLock::Guest lock(lock_);
    const std::size_t room = (limit_bytes_ - std::min(limit_bytes_, reserved_bytes_)) & ~(os::page_size() - 1);
    const std::size_t least = bytes.value_or(shm::Arena::kLargeBytes);
    if (least > room) {
      return Error(Errc::no_resources, std::to_string(least) + " bytes do not fit beside the " + std::to_string(reserved_bytes_) +
                                           " that this side of the connection has handed over; " + limits() + "; raise what is less, or send less at a time");
    }
    if (regions_ == nullptr) regions_ = std::make_unique<Region[]>(kMaxRegions);
    while (region < kMaxRegions && regions_[region].state != Region::State::none) ++region;
    if (region == kMaxRegions) return Error(Errc::no_resources, "this connection has used up its " + std::to_string(kMaxRegions) + " regions");
    const std::size_t step = bytes ? std::max(std::clamp(std::bit_ceil(reserved_bytes_) / 2, kFirstRegionBytes, kLargestStepBytes), least + least / 8)
                                   : static_cast<std::size_t>(arena_.next_way_bytes());
    size = std::min(room, os::round_to_pages(std::max(step, least)));
  }
  auto descriptor = os::create_segment(size);
  if (!descriptor) return descriptor.error();
  auto mapping = os::map_owned(*descriptor, size);
  if (!mapping) return mapping.error();
  if (auto sealed = os::seal_segment(*descriptor); !sealed) return sealed.error();
  const BiasedLock::Guest lock(lock_);
  regions_[region].mapping = std::move(*mapping);
  regions_[region].state = Region::State::in_use;
  regions_[region].idle = 0;
  reserved_bytes_ += size;
  return Added{region, std::move(*descriptor), size};
}

void OwnMemory::commit(const Added& added) {
  const BiasedLock::Guest lock(lock_);
  arena_.add(added.region, 0, added.bytes);
}

void OwnMemory::cancel(const Added& added) noexcept {
  os::Mapping gone;  // unmapped without the lock
  const BiasedLock::Guest lock(lock_);
  gone = std::move(regions_[added.region].mapping);
  regions_[added.region].state = Region::State::none;
  reserved_bytes_ -= added.bytes;
}

std::uint64_t OwnMemory::drop_idle() noexcept {
  std::uint64_t dropping = 0;
  const BiasedLock::Guest lock(lock_);
  for (std::uint16_t number = 1; regions_ != nullptr && number < kMaxRegions; ++number) {
    Region& region = regions_[number];
    if (region.state == Region::State::in_use) {
      region.idle = arena_.was_idle(number) ? static_cast<std::uint8_t>(region.idle + 1) : std::uint8_t{0};
      if (region.idle >= kIdleLooks && arena_.remove(number)) region.state = Region::State::dropping;
    }
    if (region.state == Region::State::dropping) dropping |= std::uint64_t{1} << number;
  }
  return dropping;
}

void OwnMemory::tell_drop(std::uint16_t region, bool told) noexcept {
  const BiasedLock::Guest lock(lock_);
  regions_[region].state = told ? Region::State::told : Region::State::dropping;
}

bool OwnMemory::finish_drop(std::uint32_t number) noexcept {
  os::Mapping gone;  // unmapped without the lock
  const BiasedLock::Guest lock(lock_);
  if (regions_ == nullptr || number >= kMaxRegions || regions_[number].state != Region::State::told) return false;
  gone = std::move(regions_[number].mapping);
  regions_[number].state = Region::State::none;
  reserved_bytes_ -= gone.size();
  return true;
}

bool OwnMemory::awaits_drops() noexcept {
  const BiasedLock::Guest lock(lock_);
  return regions_ != nullptr && std::any_of(&regions_[0], &regions_[kMaxRegions], [](const Region& region) { return region.state == Region::State::told; });
}

bool OwnMemory::has_regions() noexcept {
  const BiasedLock::Guest lock(lock_);
  return regions_ != nullptr && std::any_of(&regions_[0], &regions_[kMaxRegions], [](const Region& region) { return region.state != Region::State::none; });
}

std::size_t OwnMemory::unhold(Held& held, Ended& ended, std::size_t count) noexcept {
  while (!held.empty() && count < ended.size()) {
    const std::uint32_t at = held.first;
    Use& use = uses_[at];
    if (use.storage != nullptr) ended[count++] = use.storage;
    else arena_.release(use.block);
    held.first = std::exchange(use.next, unused_);
    unused_ = at;
  }
  return count;
}

void OwnMemory::give_back(Held& held) noexcept {
  while (!held.empty()) {
    Ended ended;  // their end calls back into this object: without the lock
    std::size_t count = 0;
    {
      const BiasedLock::Guard lock(lock_);
      count = unhold(held, ended, 0);
    }
    for (std::size_t i = 0; i < count; ++i) ended[i]->release();
  }
}

void OwnMemory::keep(Held& held, stub::Storage* storage) {
  try {
    const BiasedLock::Guard lock(lock_);
    note(held, storage, 0);
  } catch (const std::bad_alloc&) {
    storage->release();  // without the lock
    throw;
  }
}

// ── Arrays ────────────────────────────────────────────────────────────────────────────────────────

void OwnMemory::note_array(const UserArray& array) {
  UserArray& oldest = newest_[next_newest_];
  if (oldest.storage != nullptr) arrays_.emplace(oldest.start, oldest);  // may throw: before anything has changed
  oldest = array;
  next_newest_ = (next_newest_ + 1) % kNewest;
  array_count_.store(array_count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

const OwnMemory::UserArray* OwnMemory::find_array(std::uintptr_t at, std::size_t bytes) const noexcept {
  for (const UserArray& array : newest_) {
    if (array.holds(at, bytes) && array.storage != nullptr) return &array;
  }
  const auto after = arrays_.upper_bound(at);
  if (after == arrays_.begin()) return nullptr;
  const UserArray& array = std::prev(after)->second;
  return array.holds(at, bytes) ? &array : nullptr;
}

void OwnMemory::forget_array(std::uintptr_t start) noexcept {
  for (std::size_t i = 0; i < kNewest; ++i) {
    if (newest_[i].start != start || newest_[i].storage == nullptr) continue;
    newest_[i] = UserArray{};
    next_newest_ = i;
    return;
  }
  arrays_.erase(start);
}

std::optional<shm::Descriptor> OwnMemory::hold(Held& held, const void* data, std::size_t bytes) {
  if (array_count_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const BiasedLock::Guard lock(lock_);
  const UserArray* const array = find_array(address, bytes);
  if (array == nullptr) return std::nullopt;
  note(held, array->storage, 0);
  array->storage->retain();
  return shm::Descriptor{array->region, shm::kArena, 0, static_cast<std::uint32_t>(bytes), array->offset + (address - array->start)};
}

void OwnMemory::end_array(const void* data, std::uint32_t block) noexcept {
  std::shared_ptr<OwnMemory> last;  // ends after the lock
  const BiasedLock::Guard lock(lock_);
  forget_array(reinterpret_cast<std::uintptr_t>(data));
  arena_.release(block);
  const std::size_t left = array_count_.load(std::memory_order_relaxed) - 1;
  array_count_.store(left, std::memory_order_relaxed);
  if (left == 0) last = std::move(self_);
}

void OwnMemory::outlive(std::shared_ptr<OwnMemory> self) noexcept {
  const BiasedLock::Guest lock(lock_);
  if (array_count_.load(std::memory_order_relaxed) != 0) self_ = std::move(self);
}

// ── replies ───────────────────────────────────────────────────────────────────────────────────────

void OwnMemory::collect(const shm::Segment& peer) noexcept {
  Ended ended;
  for (bool more = true; more;) {
    std::size_t count = 0;
    {
      const BiasedLock::Guest lock(lock_);
      std::size_t i = 0;
      while (i < slots_in_use_.size() && count < ended.size()) {
        const std::uint16_t index = slots_in_use_[i];
        Slot& slot = slots_[index];
        if (!shm::slot_released<Access>(peer, index, slot.generation)) {
          ++i;
          continue;
        }
        count = unhold(slot.held, ended, count);
        if (!slot.held.empty()) break;  // `ended` is full; the slot is found again
        slots_free_.push_back(index);   // within its capacity
        slots_in_use_[i] = slots_in_use_.back();
        slots_in_use_.pop_back();
      }
      more = count == ended.size();
    }
    for (std::size_t i = 0; i < count; ++i) ended[i]->release();
  }
}

void OwnMemory::abandon_slots() noexcept {
  for (Slot& slot : slots_) give_back(slot.held);
}

std::optional<std::uint32_t> OwnMemory::take_slot(const shm::Segment& peer, Held& held) noexcept try {
  collect(peer);
  const BiasedLock::Guard lock(lock_);
  if (slots_free_.empty()) {
    if (slots_.size() == shm::kSlots) return std::nullopt;
    slots_free_.reserve(slots_.size() + 1);
    slots_in_use_.reserve(slots_.size() + 1);
    slots_free_.push_back(static_cast<std::uint16_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint16_t index = slots_free_.back();
  slots_in_use_.push_back(index);  // within its capacity
  slots_free_.pop_back();
  Slot& slot = slots_[index];
  ++slot.generation;  // wraps, as the peer's word of it does
  std::swap(slot.held, held);
  return shm::pack_slot(index, slot.generation);
} catch (const std::bad_alloc&) {
  return std::nullopt;
}

}  // namespace shmidl::rpc
