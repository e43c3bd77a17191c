// Who has which part of this process's own regions. The state is private: the peer sees only the ranges that frames name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace shmidl::shm {

/// A two-level segregated-fit allocator (after Masmano 2004) over several regions, with its bookkeeping beside the memory, not in it.
///
/// Small ranges are taken where the fit is best, which is where the last ones were: hot. The last one given back is kept as it is, for a next one
/// of the same size. A large range that was just given back still lies in
/// the other core's cache, and taking its lines back costs more than writing to others. So large ranges go round: the *hand* stands between
/// two blocks, the next large range is looked for behind it, and it moves on. Free blocks before and behind the hand are not joined; else the
/// range given back last would be the next one to be taken. The way round leads through `footprint_bytes` of the regions that came first.
///
/// Shape:   ranges are multiples of 64 bytes, aligned to 64; free neighbours are joined at once, but for the hand.
/// Cost:    allocate and release take constant time: the hand passes over at most kSteps blocks a time.
/// Threads: one at a time.
class Arena {
 public:
  static constexpr std::uint64_t kGranule = 64;
  static constexpr std::uint32_t kNone = 0xffff'ffffu;
  /// From here on ranges go round: a fill in place of less is not faster anywhere else. Measured, see tests/bench/README.md.
  static constexpr std::uint64_t kLargeBytes = 16 << 10;

  struct Range {
    std::uint32_t block = kNone;  ///< the handle for release()
    std::uint16_t region = 0;
    std::uint64_t offset = 0;     ///< from the region's start
    std::uint64_t bytes = 0;      ///< at least what was asked for
  };

  /// Large ranges go round in `footprint_bytes`; with 0 they do not.
  explicit Arena(std::uint64_t footprint_bytes = 0);

  /// Adds `bytes` of region `region`, from `offset` on; both multiples of 64.
  void add(std::uint16_t region, std::uint64_t offset, std::uint64_t bytes);

  /// Takes a region out if nothing of it is in use; false if something is, or there is no such region.
  [[nodiscard]] bool remove(std::uint16_t region) noexcept;

  /// True if nothing was taken from a region since the last question, and nothing of it is in use.
  [[nodiscard]] bool was_idle(std::uint16_t region) noexcept;

  /// True if large ranges went round often enough that a longer way is worth its memory; then not before they did so again.
  [[nodiscard]] bool wants_longer_way() noexcept;
  /// How large a region is to be that makes the way longer: the footprint is reached in two or three steps.
  [[nodiscard]] std::uint64_t next_way_bytes() const noexcept;

  /// Takes `bytes` (at least 1); nothing if no free range is large enough. Errors: std::bad_alloc when the bookkeeping does not fit this process.
  [[nodiscard]] std::optional<Range> allocate(std::uint64_t bytes);

  /// Gives a range back.
  void release(std::uint32_t block) noexcept;

  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_ * kGranule; }
  [[nodiscard]] std::uint64_t total_bytes() const noexcept { return total_ * kGranule; }

 private:
  struct Block {
    std::uint64_t start = 0;  // granules
    std::uint64_t size = 0;   // granules
    std::uint32_t before = kNone, after = kNone;    // neighbours in the region
    std::uint32_t previous = kNone, next = kNone;   // in the free list, or `next` in the list of unused records
    std::uint16_t region = 0;
    bool is_free = false;
  };
  struct Region {
    std::uint32_t first = kNone;  // its first block, always the same record; kNone: no such region
    std::uint32_t in_use = 0;     // blocks
    std::uint64_t size = 0;       // granules
    std::uint64_t way_end = 0;    // the hand stays below; 0: it does not come here
    bool touched = false;
  };

  static constexpr unsigned kFine = 8;     // lists per power of two
  static constexpr unsigned kCoarse = 32;  // powers of two: up to 2^32 granules
  static constexpr unsigned kSteps = 32;   // chosen, not measured

  struct List {
    unsigned coarse;
    unsigned fine;
  };
  static List list_of(std::uint64_t granules) noexcept;       // where a free block of this size stands
  static List list_holding(std::uint64_t granules) noexcept;  // the first list whose every block is large enough

  std::uint32_t take_record();
  void drop_record(std::uint32_t block) noexcept;
  void link(std::uint32_t block) noexcept;
  void unlink(std::uint32_t block) noexcept;
  [[nodiscard]] std::uint32_t find(std::uint64_t granules) const noexcept;
  /// The next free block of the way round that is large enough; the hand stands before it, or where it gave up.
  [[nodiscard]] std::uint32_t find_on_way(std::uint64_t granules) noexcept;
  /// Joins a free block, which is in its list, with the free block before it, unless the hand is between them.
  void join_before(std::uint32_t block) noexcept;
  /// True if the free block before this one, which is free or becomes so, and it are to be one.
  [[nodiscard]] bool joins_before(std::uint32_t block) const noexcept;
  /// `left`, in no list, takes over the block behind it, which is in none either.
  void absorb_after(std::uint32_t left) noexcept;
  /// Makes a block that nobody uses free.
  void give_back(std::uint32_t block) noexcept;
  void give_back_kept() noexcept;
  /// Counts a block as used.
  Range use(std::uint32_t block) noexcept;
  void set_hand(std::uint32_t block) noexcept;
  [[nodiscard]] std::uint32_t following(std::uint32_t block) const noexcept;
  [[nodiscard]] std::uint32_t first_on_way(std::size_t from_region) const noexcept;

  const std::uint64_t footprint_;  // granules
  std::vector<Block> blocks_;
  std::vector<Region> regions_;  // by number
  std::uint32_t unused_ = kNone;
  std::uint32_t kept_ = kNone;  // a small block that nobody uses, but that is not free
  std::uint32_t hand_ = kNone;  // a block, free or not, whose record outlives its joining: large ranges are looked for from here on
  std::uint64_t way_ = 0;       // granules of all ways
  std::uint64_t gone_ = 0;      // granules that the hand gave since the way became longer
  std::uint64_t coarse_map_ = 0;
  std::array<std::uint8_t, kCoarse> fine_map_{};
  std::array<std::array<std::uint32_t, kFine>, kCoarse> heads_;
  std::uint64_t used_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace shmidl::shm
