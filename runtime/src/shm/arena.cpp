#include "shm/arena.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace shmidl::shm {

Arena::Arena(std::uint64_t footprint_bytes) : footprint_(footprint_bytes / kGranule) {
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

// ── The way round ─────────────────────────────────────────────────────────────────────────────────

std::uint32_t Arena::first_on_way(std::size_t from_region) const noexcept {
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    const Region& region = regions_[(from_region + i) % regions_.size()];
    if (region.way_end != 0) return region.first;
  }
  return kNone;
}

std::uint32_t Arena::following(std::uint32_t block) const noexcept {
  const Region& region = regions_[blocks_[block].region];
  const std::uint32_t after = blocks_[block].after;
  if (after != kNone && blocks_[after].start < region.way_end) return after;
  return first_on_way(std::size_t{blocks_[block].region} + 1);
}

bool Arena::joins_before(std::uint32_t block) const noexcept {
  const std::uint32_t before = blocks_[block].before;
  return block != hand_ && before != kNone && blocks_[before].is_free;
}

void Arena::absorb_after(std::uint32_t left) noexcept {
  const std::uint32_t right = blocks_[left].after;
  blocks_[left].size += blocks_[right].size;
  blocks_[left].after = blocks_[right].after;
  if (blocks_[left].after != kNone) blocks_[blocks_[left].after].before = left;
  drop_record(right);
}

void Arena::join_before(std::uint32_t block) noexcept {
  if (!joins_before(block)) return;
  const std::uint32_t before = blocks_[block].before;
  unlink(block);
  unlink(before);
  absorb_after(before);
  link(before);
}

void Arena::give_back(std::uint32_t block) noexcept {
  if (const std::uint32_t after = blocks_[block].after; after != kNone && after != hand_ && blocks_[after].is_free) {
    unlink(after);
    absorb_after(block);
  }
  if (joins_before(block)) {
    const std::uint32_t before = blocks_[block].before;
    // A block that is the first of its list and stays in it need not leave it.
    const auto [coarse, fine] = list_of(blocks_[before].size);
    const auto [next_coarse, next_fine] = list_of(blocks_[before].size + blocks_[block].size);
    const bool stays = coarse == next_coarse && fine == next_fine && heads_[coarse][fine] == before;
    if (!stays) unlink(before);
    absorb_after(before);
    if (stays) return;
    block = before;
  }
  link(block);
}

void Arena::give_back_kept() noexcept {
  if (kept_ == kNone) return;
  const std::uint32_t block = kept_;
  kept_ = kNone;
  give_back(block);
}

void Arena::set_hand(std::uint32_t block) noexcept {
  const std::uint32_t last = hand_;
  hand_ = block;
  if (last != kNone && last != block && blocks_[last].is_free) join_before(last);
}

std::uint32_t Arena::find_on_way(std::uint64_t granules) noexcept {
  std::uint32_t block = hand_;
  for (unsigned step = 0; step < kSteps && block != kNone; ++step) {
    if (blocks_[block].is_free && blocks_[block].size >= granules) break;
    block = following(block);
  }
  set_hand(block);
  return block != kNone && blocks_[block].is_free && blocks_[block].size >= granules ? block : kNone;
}

bool Arena::wants_longer_way() noexcept {
  // Twice round: one large call alone is no reason to keep megabytes.
  if (way_ >= footprint_ || gone_ <= 2 * way_) return false;
  gone_ = 0;
  return true;
}

std::uint64_t Arena::next_way_bytes() const noexcept {
  const std::uint64_t missing = footprint_ - std::min(footprint_, way_);
  return std::min(missing, 4 * way_) * kGranule;
}

// ── Regions ───────────────────────────────────────────────────────────────────────────────────────

void Arena::add(std::uint16_t region, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes < kGranule) return;
  if (region >= regions_.size()) regions_.resize(std::size_t{region} + 1);
  const std::uint32_t block = take_record();
  blocks_[block].region = region;
  blocks_[block].start = offset / kGranule;
  blocks_[block].size = bytes / kGranule;
  const std::uint64_t way = bytes < 2 * kLargeBytes ? 0 : std::min(blocks_[block].size, footprint_ - std::min(footprint_, way_));
  regions_[region] = {block, 0, blocks_[block].size, way == 0 ? 0 : blocks_[block].start + way, true};
  total_ += blocks_[block].size;
  way_ += way;
  link(block);
  if (hand_ == kNone || way != 0) set_hand(first_on_way(region));  // what is new is taken first: nobody's cache holds it
}

bool Arena::remove(std::uint16_t number) noexcept {
  if (number >= regions_.size()) return false;
  Region& region = regions_[number];
  if (region.first == kNone || region.in_use != 0) return false;
  give_back_kept();
  const std::uint32_t block = region.first;
  if (region.way_end != 0) way_ -= region.way_end - blocks_[block].start;
  region.way_end = 0;
  if (hand_ != kNone && blocks_[hand_].region == number) set_hand(first_on_way(number));
  // Nothing is in use and the hand is elsewhere: the region is one free block.
  unlink(block);
  total_ -= region.size;
  drop_record(block);
  region = {};
  return true;
}

bool Arena::was_idle(std::uint16_t number) noexcept {
  Region& region = regions_[number];
  const bool idle = !region.touched && region.in_use == 0;
  region.touched = false;
  return idle;
}

// ── Ranges ────────────────────────────────────────────────────────────────────────────────────────

std::optional<Arena::Range> Arena::allocate(std::uint64_t bytes) {
  if (bytes > (std::uint64_t{1} << (kCoarse - 2)) * kGranule) return std::nullopt;
  const std::uint64_t granules = bytes == 0 ? 1 : (bytes + kGranule - 1) / kGranule;
  // What fills half of the way or more finds it cold wherever it stands.
  const bool goes_round = bytes >= kLargeBytes && granules <= footprint_ / 2;
  if (kept_ != kNone && blocks_[kept_].size == granules) {
    const std::uint32_t kept = kept_;
    kept_ = kNone;
    return use(kept);
  }
  std::uint32_t block = goes_round ? find_on_way(granules) : kNone;
  const bool on_way = block != kNone;
  if (block == kNone) block = find(granules);
  if (block == kNone && (hand_ != kNone || kept_ != kNone)) {
    give_back_kept();
    set_hand(first_on_way(0));  // no block is before it: what it kept apart is joined
    block = find(granules);
  }
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
  if (on_way) set_hand(following(block));
  if (goes_round) gone_ += granules;
  return use(block);
}

Arena::Range Arena::use(std::uint32_t block) noexcept {
  const Block& taken = blocks_[block];
  used_ += taken.size;
  ++regions_[taken.region].in_use;
  regions_[taken.region].touched = true;
  return Range{block, taken.region, taken.start * kGranule, taken.size * kGranule};
}

void Arena::release(std::uint32_t block) noexcept {
  used_ -= blocks_[block].size;
  --regions_[blocks_[block].region].in_use;
  if (blocks_[block].size * kGranule < kLargeBytes) {
    std::swap(block, kept_);
    if (block == kNone) return;
  }
  give_back(block);
}

}  // namespace shmidl::shm
