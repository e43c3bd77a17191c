// Memory that large calls needed, and how it goes back when they stop.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

struct Counts {
  std::size_t mine;
  std::size_t theirs;
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts count(const ServerProcess& server) { return {memory_files(::getpid()).size(), memory_files(server.process.pid()).size()}; }

/// True once both processes have as many memory files as `wanted` says; false after ten seconds.
bool falls_to(const ServerProcess& server, Counts wanted) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (count(server) != wanted) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

}  // namespace

TEST_CASE("regions are given back on both sides when nothing needed them for a while, and come again") {
  const Services services;
  const ServerProcess server("regions");
  const auto probe = connect_probe("regions");
  probe->add(1, 2);
  const Counts idle = count(server);
  const std::vector<std::uint8_t> bytes(20 << 20, 1);
  std::vector<std::uint8_t> back(9 << 20);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(probe->sum(bytes) == 20 << 20);
    REQUIRE(probe->ramp(back) == 9 << 20);
    const Counts busy = count(server);
    CHECK(busy.mine >= idle.mine + 2);  // one region each way, both mapped by both
    CHECK(busy.theirs >= idle.theirs + 2);
    CHECK(falls_to(server, idle));
  }
}

TEST_CASE("regions in use stay: an Array of the user's own, and one that was received") {
  const Services services;
  const ServerProcess server("kept");
  const auto probe = connect_probe("kept");
  const Counts idle = count(server);
  auto own = probe->allocate<std::uint8_t>(1 << 20);
  std::fill(own.begin(), own.end(), std::uint8_t{3});
  auto [length, received] = probe->async_ramp(1 << 20).get();
  REQUIRE(length == 1 << 20);
  // Another region of each side falls idle and goes; these two stay.
  const std::vector<std::uint8_t> bytes(20 << 20, 1);
  std::vector<std::uint8_t> back(9 << 20);
  probe->sum(bytes);
  probe->ramp(back);
  CHECK(falls_to(server, {idle.mine + 2, idle.theirs + 2}));
  CHECK(probe->sum(std::as_const(own)) == 3 << 20);
  const auto& seen = std::as_const(received);
  for (std::size_t i = 0; i < seen.size(); i += 1009) REQUIRE(seen[i] == static_cast<std::uint8_t>(i));
  own = {};
  received = {};
  CHECK(falls_to(server, idle));
}

TEST_CASE("regions go and come while calls go on") {
  const Services services;
  const ServerProcess server("churn", "adaptive", 2);
  const auto probe = connect_probe("churn");
  const std::vector<std::uint8_t> bytes(2 << 20, 1);
  const auto end = std::chrono::steady_clock::now() + 5s;
  std::size_t size = 1;
  for (int round = 0; std::chrono::steady_clock::now() < end; ++round) {
    // Bursts of all sizes, then nothing but small calls until regions have gone.
    for (size = 1; size <= bytes.size(); size *= 2) REQUIRE(probe->sum(std::span(bytes).first(size)) == static_cast<std::int64_t>(size));
    const auto pause = std::chrono::steady_clock::now() + std::chrono::milliseconds(round % 2 == 0 ? 100 : 2100);
    while (std::chrono::steady_clock::now() < pause) REQUIRE(probe->add(round, 1) == round + 1);
  }
}

TEST_CASE("what the other side accepts bounds what this side sends, and the error says both numbers") {
  const Services services;
  Process server(PROBE_SERVER, {"bounded", "adaptive", "1", "1000000"});
  server.expect_line("ready");
  const auto probe = shmidl::connect<Probe>("bounded", {.connect_timeout = 10s, .max_peer_bytes = 600'000});
  const auto error_of = [](const auto& result) {
    REQUIRE_FALSE(result);
    INFO(result.error().what());
    CHECK(result.error().code() == shmidl::Errc::too_large);
    return std::string(result.error().what());
  };
  const std::vector<std::uint8_t> many(2'000'000, 1);
  std::string text = error_of(probe->try_sum(many));
  CHECK(text.find("max_own_bytes is 268435456 here") != text.npos);
  CHECK(text.find("max_client_bytes is 1000000") != text.npos);
  std::vector<std::uint8_t> back(800'000);
  text = error_of(probe->try_ramp(back));
  CHECK(text.find("max_own_bytes is 268435456 here") != text.npos);
  CHECK(text.find("max_peer_bytes is 600000") != text.npos);
  CHECK_THROWS_AS(probe->allocate<std::uint8_t>(2'000'000), shmidl::Error);

  // All that is left is used, to the last page, by calls of all sizes, and then memory is short for the call alone.
  std::vector<shmidl::Array<std::uint8_t>> arrays;
  std::size_t taken = 0;
  for (std::size_t bytes = 400'000; bytes >= 1000; bytes /= 2) {
    try {
      for (;;) {
        arrays.push_back(probe->allocate<std::uint8_t>(bytes));
        taken += bytes;
      }
    } catch (const shmidl::Error& error) {
      CHECK(error.code() == shmidl::Errc::no_resources);
      CHECK(std::string_view(error.what()).find("max_client_bytes is 1000000") != std::string_view::npos);
    }
  }
  CHECK(taken > 900'000);
  CHECK(probe->add(1, 2) == 3);
  arrays.clear();
  for (std::size_t size = 1; size <= 400'000; size *= 3) {
    CHECK(probe->sum(std::span(many).first(size)) == static_cast<std::int64_t>(size));
    std::vector<std::uint8_t> some(size / 2 + 1);
    CHECK(probe->ramp(some) == static_cast<std::int64_t>(size / 2 + 1));
  }
}
