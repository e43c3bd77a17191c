// A peer's regions: mapped, read, dropped, in every order a peer may choose.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "rpc/own_memory.hpp"
#include "rpc/peer_memory.hpp"
#include "shm/layout.hpp"
#include "support/catch.hpp"

using namespace shmidl::rpc;
using namespace std::chrono_literals;
using shmidl::shm::Descriptor;
using shmidl::shm::kArena;
using Verdict = PeerMemory::Verdict;

namespace {

constexpr std::size_t kRegionBytes = 1 << 20;
constexpr std::size_t kLimit = 4 << 20;

struct Keeper final : Watched {
  void on_ready(std::uint64_t) noexcept override {}
  std::optional<shmidl::os::TimePoint> on_tick(shmidl::os::TimePoint) noexcept override {
    ++ticks;
    return std::nullopt;
  }
  /// True once there were that many ticks; false after ten seconds.
  [[nodiscard]] bool ticked(int times) const {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (ticks < times && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return ticks == times;
  }
  std::atomic<int> ticks{0};
};

struct Met {
  Met() {
    REQUIRE(memory.open(own->descriptor()));
    memory.set_keeper(keeper);
  }
  /// Hands region `number` over, filled with `fill`.
  void add(std::uint32_t number, std::byte fill) {
    const shmidl::Fd descriptor = shmidl::os::create_segment(kRegionBytes).value();
    writers.push_back(shmidl::os::map_owned(descriptor, kRegionBytes).value());
    std::fill_n(writers.back().data(), kRegionBytes, fill);
    REQUIRE(shmidl::os::seal_segment(descriptor));
    REQUIRE(memory.add(number, kRegionBytes, descriptor));
  }
  Verdict resolve(std::uint16_t region, const std::byte*& data, PeerMemory::Pins& pins) {
    return memory.resolve(Descriptor{region, kArena, 0, 64, kRegionBytes - 64}, data, pins);
  }

  std::shared_ptr<Keeper> keeper = std::make_shared<Keeper>();
  std::shared_ptr<OwnMemory> own = OwnMemory::create(kLimit).value();
  PeerMemory memory{kLimit};
  std::vector<shmidl::os::Mapping> writers;
};

constexpr std::uint64_t kFirst = 1u << 1;

}  // namespace

TEST_CASE("a region that nobody reads is unmapped when it is dropped, once") {
  Met met;
  met.add(1, std::byte{1});
  CHECK(met.memory.finish_drops() == 0);
  REQUIRE(met.memory.drop(1));
  CHECK(met.keeper->ticked(1));
  CHECK(met.memory.finish_drops() == kFirst);
  CHECK(met.memory.finish_drops() == 0);
  const std::byte* data = nullptr;
  PeerMemory::Pins pins;
  CHECK(met.resolve(1, data, pins) == Verdict::not_yet);
}

TEST_CASE("I7: a region stays mapped while somebody reads it, whatever its owner says") {
  Met met;
  met.add(1, std::byte{7});
  const std::byte* data = nullptr;
  auto first = std::make_unique<PeerMemory::Pins>();
  auto second = std::make_unique<PeerMemory::Pins>();
  REQUIRE(met.resolve(1, data, *first) == Verdict::good);
  REQUIRE(met.resolve(1, data, *first) == Verdict::good);  // a frame holds a region once, however often it names it
  REQUIRE(met.resolve(1, data, *second) == Verdict::good);
  REQUIRE(met.memory.drop(1));
  CHECK(met.memory.finish_drops() == 0);
  const std::byte* other = nullptr;
  PeerMemory::Pins late;
  CHECK(met.resolve(1, other, late) == Verdict::not_yet);  // no new reader
  first.reset();
  CHECK(met.memory.finish_drops() == 0);
  CHECK(*data == std::byte{7});
  CHECK(met.keeper->ticks == 0);
  second.reset();
  CHECK(met.keeper->ticked(1));
  CHECK(met.memory.finish_drops() == kFirst);
}

TEST_CASE("the number and the bytes of a region can be used again once it was given up, not before") {
  Met met;
  for (int i = 0; i < 20; ++i) {
    met.add(1, static_cast<std::byte>(i));
    const std::byte* data = nullptr;
    {
      PeerMemory::Pins pins;
      REQUIRE(met.resolve(1, data, pins) == Verdict::good);
      CHECK(*data == static_cast<std::byte>(i));
      REQUIRE(met.memory.drop(1));
      const shmidl::Fd again = shmidl::os::create_segment(4096).value();
      CHECK(met.memory.add(1, 4096, again).error().code() == shmidl::Errc::protocol_error);
      CHECK(met.memory.drop(1).error().code() == shmidl::Errc::protocol_error);
    }
    REQUIRE(met.memory.finish_drops() == kFirst);
    CHECK(met.memory.drop(1).error().code() == shmidl::Errc::protocol_error);
  }
  // Three of 1 MiB fit beside the first segment; a fourth does not.
  for (std::uint32_t number = 1; number <= 3; ++number) met.add(number, std::byte{0});
  const shmidl::Fd fourth = shmidl::os::create_segment(kRegionBytes).value();
  CHECK(met.memory.add(4, kRegionBytes, fourth).error().code() == shmidl::Errc::protocol_error);
}

TEST_CASE("a region is read by several threads while it is dropped: each sees it whole or not at all") {
  Met met;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const std::byte* data = nullptr;
        PeerMemory::Pins pins;
        if (met.resolve(1, data, pins) == Verdict::good && *data != std::byte{5}) ++wrong;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    met.add(1, std::byte{5});
    met.writers.clear();
    REQUIRE(met.memory.drop(1));
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (met.memory.finish_drops() != kFirst) REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}
