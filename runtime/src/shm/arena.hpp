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
/// Shape:   ranges are multiples of 64 bytes, aligned to 64; free neighbours are joined at once.
/// Cost:    allocate and release take constant time.
/// Threads: one at a time.
class Arena {
 public:
  static constexpr std::uint64_t kGranule = 64;
  static constexpr std::uint32_t kNone = 0xffff'ffffu;

  struct Range {
    std::uint32_t block = kNone;  ///< the handle for release()
    std::uint16_t region = 0;
    std::uint64_t offset = 0;     ///< from the region's start
    std::uint64_t bytes = 0;      ///< at least what was asked for
  };

  Arena();

  /// Adds `bytes` of region `region`, from `offset` on; both multiples of 64.
  void add(std::uint16_t region, std::uint64_t offset, std::uint64_t bytes);

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

  static constexpr unsigned kFine = 8;     // lists per power of two
  static constexpr unsigned kCoarse = 40;  // powers of two: up to 2^40 granules

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

  std::vector<Block> blocks_;
  std::uint32_t unused_ = kNone;
  std::uint64_t coarse_map_ = 0;
  std::array<std::uint8_t, kCoarse> fine_map_{};
  std::array<std::array<std::uint32_t, kFine>, kCoarse> heads_;
  std::uint64_t used_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace shmidl::shm
