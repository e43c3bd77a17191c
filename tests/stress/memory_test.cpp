// Memory under a mix of sizes, for as long as SHMIDL_STRESS_SECONDS says (30 unless set): fragmentation stays bounded and nothing leaks.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;

namespace {

constexpr std::size_t kMostHeld = std::size_t{24} << 20;  // on each side
constexpr std::size_t kLargest = std::size_t{4} << 20;
// Each side's memory: three times what is in use at a time, and four of the largest; see runtime/README.md, "Memory". Both sides' are mapped by both.
constexpr std::size_t kBound = 2 * (3 * (kMostHeld + kLargest) + 4 * kLargest);

std::chrono::seconds duration() {
  const char* const text = std::getenv("SHMIDL_STRESS_SECONDS");
  return std::chrono::seconds(text == nullptr ? 30 : std::stol(text));
}

/// Arrays that lie in shared memory, until others push them out.
class Shelf {
 public:
  void put(shmidl::Array<std::uint8_t> array, std::mt19937_64& random) {
    bytes_ += array.size();
    arrays_.push_back(std::move(array));
    while (bytes_ > kMostHeld || (arrays_.size() > 1 && random() % 2 == 0)) {
      std::swap(arrays_[static_cast<std::size_t>(random()) % arrays_.size()], arrays_.front());
      bytes_ -= arrays_.front().size();
      arrays_.pop_front();
    }
  }
  [[nodiscard]] const shmidl::Array<std::uint8_t>* any(std::mt19937_64& random) const {
    return arrays_.empty() ? nullptr : &arrays_[static_cast<std::size_t>(random()) % arrays_.size()];
  }

 private:
  std::deque<shmidl::Array<std::uint8_t>> arrays_;
  std::size_t bytes_ = 0;
};

std::int64_t sum_of(const shmidl::Array<std::uint8_t>& array) { return std::accumulate(array.begin(), array.end(), std::int64_t{0}); }

}  // namespace

TEST_CASE("calls of all sizes in both directions, with arrays held for some time, keep to their memory") {
  const Services services;
  const ServerProcess server("mixed");
  const auto probe = connect_probe("mixed");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto some_bytes = [&] { return static_cast<std::size_t>((std::uint64_t{64} << random() % 17) * (256 + random() % 256) / 512); };
  std::vector<std::uint8_t> private_bytes(kLargest);
  std::iota(private_bytes.begin(), private_bytes.end(), std::uint8_t{0});
  Shelf own;
  Shelf received;
  std::size_t most = 0;
  std::size_t resident_after_warming = 0;
  std::uint64_t calls = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto end = start + duration();
  const auto warm = start + duration() / 3;
  for (auto now = start; now < end; now = std::chrono::steady_clock::now()) {
    for (int i = 0; i < 100; ++i, ++calls) {
      const std::size_t bytes = some_bytes();
      switch (random() % 5) {
        case 0: {
          const auto sent = std::span(private_bytes).first(bytes);
          REQUIRE(probe->sum(sent) == std::accumulate(sent.begin(), sent.end(), std::int64_t{0}));
          break;
        }
        case 1: {
          auto array = probe->allocate<std::uint8_t>(bytes);
          std::fill(array.begin(), array.end(), static_cast<std::uint8_t>(calls));
          REQUIRE(probe->sum(std::as_const(array)) == static_cast<std::int64_t>(bytes) * static_cast<std::uint8_t>(calls));
          own.put(std::move(array), random);
          break;
        }
        case 2: {
          auto [length, array] = probe->async_ramp(bytes).get();
          REQUIRE(length == static_cast<std::int64_t>(bytes));
          REQUIRE(std::as_const(array)[bytes - 1] == static_cast<std::uint8_t>(bytes - 1));
          received.put(std::move(array), random);
          break;
        }
        case 3:
          if (const auto* again = own.any(random)) REQUIRE(probe->sum(*again) == sum_of(*again));
          if (const auto* kept = received.any(random)) REQUIRE((*kept)[kept->size() / 2] == static_cast<std::uint8_t>(kept->size() / 2));
          break;
        default: {
          Shape shape{.name = std::string(bytes % 10'000, 'x'), .colour = Colour::RED, .centre = {}, .corners = {}, .labels = {"a", "bb"}};
          shape.corners.resize(bytes / sizeof(Point) / 16 + 1);
          REQUIRE(probe->echo(shape).corners.size() == shape.corners.size());
        }
      }
    }
    const std::size_t mine = shared_bytes(::getpid());
    most = std::max({most, mine, shared_bytes(server.process.pid())});
    REQUIRE(most <= kBound);
    if (now >= warm && resident_after_warming == 0) resident_after_warming = resident_bytes(::getpid()) + resident_bytes(server.process.pid());
  }
  const std::size_t resident = resident_bytes(::getpid()) + resident_bytes(server.process.pid());
  WARN(calls << " calls; shared memory at most " << (most >> 20) << " MiB of " << (kBound >> 20) << "; both sides' resident memory "
             << (resident_after_warming >> 20) << " MiB after a third of the time and " << (resident >> 20) << " at the end");
  // What is held differs from moment to moment; what leaks adds up.
  CHECK(resident <= resident_after_warming + kBound / 2);
}
