#include "shm/arena.hpp"

#include <bit>

namespace shmidl::shm {

Arena::Arena() {
  for (auto& row : heads_) row.fill(kNone);
}

// A size of g granules stands in row floor(log2 g), at the three bits below the leading one.
Arena::List Arena::list_of(std::uint64_t granules) noexcept {
  const auto coarse = static_cast<unsigned>(std::bit_width(granules)) - 1;
  const unsigned fine = coarse >= 3 ? static_cast<unsigned>(granules >> (coarse - 3)) & (kFine - 1)
                                    : static_cast<unsigned>(granules << (3 - coarse)) & (kFine - 1);
  return {coarse, fine};
}

Arena::List Arena::list_holding(std::uint64_t granules) noexcept {
  const auto coarse = static_cast<unsigned>(std::bit_width(granules)) - 1;
  if (coarse > 3) granules += (std::uint64_t{1} << (coarse - 3)) - 1;  // round up to the next list's smallest size
  return list_of(granules);
}

std::uint32_t Arena::take_record() {
  if (unused_ == kNone) {
    blocks_.emplace_back();
    return static_cast<std::uint32_t>(blocks_.size() - 1);
  }
  const std::uint32_t block = unused_;
  unused_ = blocks_[block].next;
  blocks_[block] = Block{};
  return block;
}

void Arena::drop_record(std::uint32_t block) noexcept {
  blocks_[block] = Block{};
  blocks_[block].next = unused_;
  unused_ = block;
}

void Arena::link(std::uint32_t block) noexcept {
  const auto [coarse, fine] = list_of(blocks_[block].size);
  std::uint32_t& head = heads_[coarse][fine];
  blocks_[block].is_free = true;
  blocks_[block].previous = kNone;
  blocks_[block].next = head;
  if (head != kNone) blocks_[head].previous = block;
  head = block;
  coarse_map_ |= std::uint64_t{1} << coarse;
  fine_map_[coarse] = static_cast<std::uint8_t>(fine_map_[coarse] | 1u << fine);
}

void Arena::unlink(std::uint32_t block) noexcept {
  Block& gone = blocks_[block];
  const auto [coarse, fine] = list_of(gone.size);
  if (gone.previous != kNone) blocks_[gone.previous].next = gone.next;
  else heads_[coarse][fine] = gone.next;
  if (gone.next != kNone) blocks_[gone.next].previous = gone.previous;
  gone.is_free = false;
  gone.previous = gone.next = kNone;
  if (heads_[coarse][fine] == kNone) {
    fine_map_[coarse] = static_cast<std::uint8_t>(fine_map_[coarse] & ~(1u << fine));
    if (fine_map_[coarse] == 0) coarse_map_ &= ~(std::uint64_t{1} << coarse);
  }
}

std::uint32_t Arena::find(std::uint64_t granules) const noexcept {
  const auto [coarse, fine] = list_holding(granules);
  if (coarse >= kCoarse) return kNone;
  if (const unsigned here = fine_map_[coarse] & (0xffu << fine); here != 0) {
    return heads_[coarse][static_cast<unsigned>(std::countr_zero(here))];
  }
  const std::uint64_t above = coarse + 1 >= 64 ? 0 : coarse_map_ & (~std::uint64_t{0} << (coarse + 1));
  if (above == 0) return kNone;
  const auto row = static_cast<unsigned>(std::countr_zero(above));
  return heads_[row][static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(fine_map_[row])))];
}

void Arena::add(std::uint16_t region, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes < kGranule) return;
  const std::uint32_t block = take_record();
  blocks_[block].region = region;
  blocks_[block].start = offset / kGranule;
  blocks_[block].size = bytes / kGranule;
  total_ += bytes / kGranule;
  link(block);
}

std::optional<Arena::Range> Arena::allocate(std::uint64_t bytes) {
  if (bytes > (std::uint64_t{1} << (kCoarse - 2)) * kGranule) return std::nullopt;
  const std::uint64_t granules = bytes == 0 ? 1 : (bytes + kGranule - 1) / kGranule;
  const std::uint32_t block = find(granules);
  if (block == kNone) return std::nullopt;
  const bool split = blocks_[block].size > granules;
  const std::uint32_t rest = split ? take_record() : kNone;  // may throw: before anything has changed
  unlink(block);
  if (split) {
    Block& taken = blocks_[block];
    Block& left = blocks_[rest];
    left.region = taken.region;
    left.start = taken.start + granules;
    left.size = taken.size - granules;
    left.before = block;
    left.after = taken.after;
    if (taken.after != kNone) blocks_[taken.after].before = rest;
    taken.after = rest;
    taken.size = granules;
    link(rest);
  }
  used_ += granules;
  const Block& taken = blocks_[block];
  return Range{block, taken.region, taken.start * kGranule, taken.size * kGranule};
}

void Arena::release(std::uint32_t block) noexcept {
  used_ -= blocks_[block].size;
  if (const std::uint32_t after = blocks_[block].after; after != kNone && blocks_[after].is_free) {
    unlink(after);
    blocks_[block].size += blocks_[after].size;
    blocks_[block].after = blocks_[after].after;
    if (blocks_[after].after != kNone) blocks_[blocks_[after].after].before = block;
    drop_record(after);
  }
  if (const std::uint32_t before = blocks_[block].before; before != kNone && blocks_[before].is_free) {
    unlink(before);
    blocks_[before].size += blocks_[block].size;
    blocks_[before].after = blocks_[block].after;
    if (blocks_[block].after != kNone) blocks_[blocks_[block].after].before = before;
    drop_record(block);
    block = before;
  }
  link(block);
}

}  // namespace shmidl::shm
