#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "shm/arena.hpp"
#include "support/catch.hpp"

using shmidl::shm::Arena;

namespace {

constexpr std::uint64_t kGranule = Arena::kGranule;

/// Which bytes of which region are taken, kept apart from the arena.
class Model {
 public:
  /// True if the range lies in its region, aligned, and overlaps no other.
  bool take(const Arena::Range& range, std::uint64_t from, std::uint64_t to) {
    if (range.offset % kGranule != 0 || range.bytes % kGranule != 0 || range.offset < from || range.offset + range.bytes > to) return false;
    auto& taken = taken_[range.region];
    const auto after = taken.lower_bound(range.offset);
    if (after != taken.end() && after->first < range.offset + range.bytes) return false;
    if (after != taken.begin() && std::prev(after)->second > range.offset) return false;
    taken.emplace(range.offset, range.offset + range.bytes);
    bytes_ += range.bytes;
    return true;
  }
  void give_back(const Arena::Range& range) {
    taken_[range.region].erase(range.offset);
    bytes_ -= range.bytes;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::map<std::uint16_t, std::map<std::uint64_t, std::uint64_t>> taken_;
  std::uint64_t bytes_ = 0;
};

Arena arena_of(std::uint64_t granules) {
  Arena arena;
  arena.add(0, 0, granules * kGranule);
  return arena;
}

}  // namespace

TEST_CASE("an arena without memory gives none") {
  Arena arena;
  CHECK_FALSE(arena.allocate(1));
  CHECK(arena.total_bytes() == 0);
  arena.add(0, 0, kGranule - 1);
  CHECK_FALSE(arena.allocate(1));
  CHECK(arena.total_bytes() == 0);
}

TEST_CASE("a range is whole granules, at least what was asked for") {
  Arena arena = arena_of(1024);
  for (const std::uint64_t bytes : {0u, 1u, 63u, 64u, 65u, 4096u, 4097u}) {
    const auto range = arena.allocate(bytes);
    REQUIRE(range);
    CHECK(range->bytes == std::max<std::uint64_t>(1, (bytes + kGranule - 1) / kGranule) * kGranule);
    CHECK(range->offset % kGranule == 0);
  }
}

TEST_CASE("the whole of an arena can be taken at once, and again after it was given back") {
  // The search looks where every block is large enough, so a size between two lists is found only with an eighth to spare; these are exact.
  for (const std::uint64_t granules : {1u, 2u, 7u, 8u, 9u, 15u, 16u, 64u, 1024u, 4096u}) {
    Arena arena = arena_of(granules);
    for (int i = 0; i < 3; ++i) {
      const auto all = arena.allocate(granules * kGranule);
      REQUIRE(all);
      CHECK(all->bytes == granules * kGranule);
      CHECK(arena.used_bytes() == arena.total_bytes());
      CHECK_FALSE(arena.allocate(1));
      arena.release(all->block);
      CHECK(arena.used_bytes() == 0);
    }
  }
}

TEST_CASE("every granule of an arena can be taken singly, and not one more") {
  Arena arena = arena_of(128);
  std::vector<Arena::Range> ranges;
  Model model;
  while (const auto range = arena.allocate(1)) {
    REQUIRE(model.take(*range, 0, 128 * kGranule));
    ranges.push_back(*range);
  }
  CHECK(ranges.size() == 128);
  CHECK(arena.used_bytes() == arena.total_bytes());
}

TEST_CASE("free neighbours are joined, whichever side goes first") {
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    Arena arena = arena_of(64);
    std::vector<Arena::Range> ranges;
    for (int i = 0; i < 4; ++i) ranges.push_back(arena.allocate(16 * kGranule).value());
    REQUIRE_FALSE(arena.allocate(1));
    for (const std::size_t i : order) arena.release(ranges[i].block);
    const auto all = arena.allocate(64 * kGranule);
    REQUIRE(all);
    CHECK(all->offset == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("neighbours in two regions are not joined") {
  Arena arena;
  arena.add(1, 0, 8 * kGranule);
  arena.add(2, 0, 8 * kGranule);
  CHECK(arena.total_bytes() == 16 * kGranule);
  CHECK_FALSE(arena.allocate(9 * kGranule));
  const auto one = arena.allocate(8 * kGranule);
  const auto two = arena.allocate(8 * kGranule);
  REQUIRE((one && two));
  CHECK(one->region != two->region);
  arena.release(one->block);
  arena.release(two->block);
  CHECK_FALSE(arena.allocate(9 * kGranule));
}

TEST_CASE("a region that begins past its segment's head gives offsets past it") {
  Arena arena;
  arena.add(0, 16384, 8192);
  Model model;
  while (const auto range = arena.allocate(200)) REQUIRE(model.take(*range, 16384, 16384 + 8192));
  CHECK(model.bytes() == 32 * 256);
}

TEST_CASE("a range that is far too large is refused") {
  Arena arena = arena_of(1024);
  for (const std::uint64_t bytes : {std::uint64_t{1024 * 64 + 1}, std::uint64_t{1} << 40, std::uint64_t{1} << 44, (std::uint64_t{1} << 44) + 1,
                                    std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    CHECK_FALSE(arena.allocate(bytes));
  }
  CHECK(arena.used_bytes() == 0);
}

TEST_CASE("a free range an eighth larger than what is asked for is always found") {
  for (std::uint64_t granules = 1; granules < 5000; granules += 1 + granules / 50) {
    Arena arena = arena_of(granules + granules / 8);
    CHECK(arena.allocate(granules * kGranule));
  }
}

TEST_CASE("ranges never overlap and all come back, for sizes and orders at random") {
  const std::uint64_t footprint = GENERATE(std::uint64_t{0}, std::uint64_t{1} << 19, std::uint64_t{4} << 20);
  constexpr std::uint64_t kFrom = 4096;
  const std::vector<std::uint64_t> sizes{8192, 256 << 10, 1 << 20};
  for (unsigned seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    Arena arena(footprint);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      arena.add(static_cast<std::uint16_t>(i), kFrom, sizes[i]);
      total += sizes[i];
    }
    Model model;
    std::vector<Arena::Range> held;
    std::size_t refused = 0;
    for (int step = 0; step < 20'000; ++step) {
      // Phases in which the arena fills, and phases in which it empties.
      const bool takes = std::uniform_int_distribution(0, 99)(random) < (step / 2000 % 2 == 0 ? 65 : 35);
      if (takes) {
        const auto largest = std::uint64_t{1} << std::uniform_int_distribution(0, 17)(random);
        const auto range = arena.allocate(std::uniform_int_distribution<std::uint64_t>(1, largest)(random));
        if (!range) {
          ++refused;
          continue;
        }
        REQUIRE(model.take(*range, kFrom, kFrom + sizes[range->region]));
        held.push_back(*range);
      } else if (!held.empty()) {
        std::swap(held[std::uniform_int_distribution<std::size_t>(0, held.size() - 1)(random)], held.back());
        arena.release(held.back().block);
        model.give_back(held.back());
        held.pop_back();
      }
      REQUIRE(arena.used_bytes() == model.bytes());
      REQUIRE(arena.total_bytes() == total);
    }
    CHECK(refused > 0);
    std::shuffle(held.begin(), held.end(), random);
    for (const auto& range : held) arena.release(range.block);
    CHECK(arena.used_bytes() == 0);
    // All neighbours were joined: each region can be taken whole.
    for (std::size_t i = sizes.size(); i-- > 0;) {
      const auto all = arena.allocate(sizes[i]);
      REQUIRE(all);
      CHECK(all->region == i);
    }
    CHECK(arena.used_bytes() == total);
  }
}

TEST_CASE("large ranges go round: none is taken again before all others of the footprint") {
  constexpr std::uint64_t kFootprint = 4 << 20;
  const std::uint64_t bytes = GENERATE(std::uint64_t{16} << 10, std::uint64_t{64} << 10, std::uint64_t{1} << 20, (std::uint64_t{64} << 10) + 64);
  Arena arena(kFootprint);
  arena.add(0, 16384, 8192);
  arena.add(1, 0, 256 << 10);
  arena.add(2, 0, 4 << 20);
  arena.add(3, 0, 64 << 20);
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint64_t> last;  // by place: the step in which it was taken
  std::uint64_t shortest = ~std::uint64_t{0};
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const auto range = arena.allocate(bytes);
    REQUIRE(range);
    CHECK(range->region != 3);  // the footprint is used up
    const auto [place, is_new] = last.emplace(std::pair(range->region, range->offset), step);
    if (!is_new) {
      shortest = std::min(shortest, step - place->second);
      place->second = step;
    }
    arena.release(range->block);
  }
  CHECK((shortest + 2) * bytes >= kFootprint);  // an end of each region may be too short for one
}

TEST_CASE("several large ranges at a time go round, too, and long-lived ones are passed over") {
  Arena arena(4 << 20);
  arena.add(1, 0, 4 << 20);
  std::vector<Arena::Range> kept;
  for (int i = 0; i < 8; ++i) {
    kept.push_back(arena.allocate(64 << 10).value());
    const auto between = arena.allocate(100 << 10).value();
    arena.release(between.block);
  }
  std::map<std::uint64_t, int> places;
  std::vector<Arena::Range> under_way;
  for (int step = 0; step < 400; ++step) {
    under_way.push_back(arena.allocate(64 << 10).value());
    ++places[under_way.back().offset];
    if (under_way.size() == 4) {
      arena.release(under_way.front().block);
      under_way.erase(under_way.begin());
    }
  }
  CHECK(places.size() >= 40);
  for (const auto& [place, times] : places) CHECK(times <= 400 / 40 + 2);
  for (const auto& range : kept) CHECK(places.count(range.offset) == 0);
  for (const auto& range : under_way) arena.release(range.block);
  for (const auto& range : kept) arena.release(range.block);
  CHECK(arena.used_bytes() == 0);
  CHECK(arena.allocate(4 << 20));
}

TEST_CASE("small ranges are taken where the last one was") {
  Arena arena(4 << 20);
  arena.add(0, 16384, 8192);
  arena.add(1, 0, 4 << 20);
  for (const std::uint64_t bytes : {64u, 1000u, 4096u, 15u << 10}) {
    const auto first = arena.allocate(bytes).value();
    arena.release(first.block);
    for (int i = 0; i < 10; ++i) {
      const auto again = arena.allocate(bytes).value();
      CHECK(again.region == first.region);
      CHECK(again.offset == first.offset);
      arena.release(again.block);
    }
  }
}

TEST_CASE("a longer way is wanted once the hand went round twice, until the footprint is reached") {
  Arena arena(4 << 20);
  arena.add(1, 0, 256 << 10);
  const auto one = [&](std::uint64_t bytes) { arena.release(arena.allocate(bytes).value().block); };
  for (int i = 0; i < 8; ++i) one(64 << 10);
  CHECK_FALSE(arena.wants_longer_way());
  one(64 << 10);
  CHECK(arena.wants_longer_way());
  CHECK_FALSE(arena.wants_longer_way());
  arena.add(2, 0, 8 << 20);
  for (int i = 0; i < 1000; ++i) one(64 << 10);
  CHECK_FALSE(arena.wants_longer_way());
}

TEST_CASE("small ranges alone want no longer way") {
  Arena arena(4 << 20);
  arena.add(1, 0, 256 << 10);
  for (int i = 0; i < 10'000; ++i) arena.release(arena.allocate(8 << 10).value().block);
  CHECK_FALSE(arena.wants_longer_way());
}

TEST_CASE("a region goes when nothing of it is in use, wherever the hand stands, and its number can be given again") {
  Arena arena(4 << 20);
  arena.add(0, 16384, 8192);
  arena.add(1, 0, 256 << 10);
  arena.add(2, 0, 1 << 20);
  const auto held = arena.allocate(64 << 10).value();
  CHECK(held.region == 2);
  CHECK_FALSE(arena.remove(2));
  CHECK_FALSE(arena.was_idle(2));
  CHECK_FALSE(arena.was_idle(2));  // in use
  arena.release(held.block);
  CHECK(arena.was_idle(2));
  CHECK(arena.remove(2));
  CHECK_FALSE(arena.remove(2));
  CHECK(arena.total_bytes() == 8192 + (256 << 10));
  for (int i = 0; i < 10; ++i) {
    const auto range = arena.allocate(64 << 10).value();
    CHECK(range.region == 1);
    arena.release(range.block);
  }
  CHECK(arena.remove(1));
  CHECK_FALSE(arena.allocate(64 << 10));
  const auto small = arena.allocate(8192).value();
  CHECK(small.region == 0);
  arena.release(small.block);
  arena.add(2, 0, 4 << 20);
  CHECK(arena.allocate(64 << 10).value().region == 2);
}

// Bound of fragmentation: stated in runtime/README.md, "Memory".
TEST_CASE("a mix of sizes from 64 bytes to 4 MiB needs at most three times what is in use at a time, and four of the largest, however long it goes on") {
  const std::uint64_t most_in_use = GENERATE(std::uint64_t{8}, std::uint64_t{20}, std::uint64_t{32}) << 20;
  constexpr std::uint64_t kSmallestStep = 256 << 10;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937_64 random(seed);
    Arena arena(4 << 20);
    arena.add(0, 16384, 8192);
    std::uint16_t regions = 1;
    std::vector<Arena::Range> held;
    std::uint64_t most = 0;
    const auto release_one = [&] {
      std::swap(held[static_cast<std::size_t>(random() % held.size())], held.back());
      arena.release(held.back().block);
      held.pop_back();
    };
    for (int step = 0; step < 500'000; ++step) {
      // As many small ones as large ones: every power of two is as likely as another.
      const std::uint64_t bytes = (std::uint64_t{64} << random() % 17) * (256 + random() % 256) / 512;
      while (!held.empty() && arena.used_bytes() + bytes > most_in_use) release_one();
      if (!held.empty() && random() % 2 == 0) release_one();  // phases of few and of many
      auto range = arena.allocate(bytes);
      if (!range) {
        // As OwnMemory::reserve does: half of what is there, or what is asked for with an eighth to spare.
        arena.add(regions++, 0, std::max({std::bit_ceil(arena.total_bytes()) / 2, kSmallestStep, (bytes + bytes / 8 + 4095) / 4096 * 4096}));
        range = arena.allocate(bytes);
      }
      REQUIRE(range);
      held.push_back(*range);
      most = std::max(most, arena.used_bytes());
      REQUIRE(arena.total_bytes() <= 3 * most_in_use + (16 << 20));
    }
    CHECK(most > most_in_use * 3 / 4);
    for (const auto& range : held) arena.release(range.block);
    CHECK(arena.used_bytes() == 0);
  }
}

TEST_CASE("a small range that was given back is the next one of its size, and in nobody's way") {
  Arena arena = arena_of(64);
  const auto first = arena.allocate(3 * kGranule);
  const auto second = arena.allocate(5 * kGranule);
  REQUIRE(first);
  REQUIRE(second);
  arena.release(first->block);
  const auto other = arena.allocate(2 * kGranule);
  const auto again = arena.allocate(3 * kGranule);
  REQUIRE(other);
  REQUIRE(again);
  CHECK(again->offset == first->offset);
  CHECK(other->offset != first->offset);
  arena.release(other->block);
  arena.release(second->block);
  arena.release(again->block);
  CHECK(arena.used_bytes() == 0);
  const auto all = arena.allocate(64 * kGranule);
  REQUIRE(all);
  arena.release(all->block);
  CHECK(arena.was_idle(0) == false);
  CHECK(arena.was_idle(0));
  CHECK(arena.remove(0));
  CHECK_FALSE(arena.allocate(1));
}
