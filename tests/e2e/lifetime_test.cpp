// What outlives what: clients, Futures, Arrays, forked children, and a connection under many threads.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

TEST_CASE("more threads than lanes share one connection") {
  const auto wait = GENERATE(shmidl::Wait::adaptive, shmidl::Wait::block);
  const int threads = GENERATE(1, 3);
  const Services services;
  const ServerProcess server("shared", "adaptive", threads);
  const auto probe = connect_probe("shared", wait);
  std::atomic<int> right = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 100; ++i) {
    callers.emplace_back([&, i] {
      for (int j = 0; j < 50; ++j) {
        if (probe->add(i, j) == i + j) ++right;
      }
    });
  }
  callers.clear();
  CHECK(right == 5000);
}

TEST_CASE("with several threads calls overtake each other") {
  const Services services;
  const ServerProcess server("pool", "adaptive", 3);
  const auto probe = connect_probe("pool");
  auto slow = probe->async_work(60'000);
  CHECK(probe->add(1, 2) == 3);
  CHECK_FALSE(slow.wait_for(1ms));
}

TEST_CASE("one after the other, oneway calls keep their order on a server with several threads") {
  const Services services;
  const ServerProcess server("ordered", "adaptive", 4);
  const auto probe = connect_probe("ordered");
  for (int i = 0; i < 1000; ++i) probe->note(std::to_string(i));
  std::vector<std::string> lines;
  probe->notes(lines);
  REQUIRE(lines.size() == 1000);
  for (int i = 0; i < 1000; ++i) REQUIRE(lines[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("calls given up leave room for others: a thousand deadlines on one connection") {
  const Services services;
  const ServerProcess server("late");
  const auto probe = connect_probe("late");
  for (int i = 0; i < 1000; ++i) {
    const auto result = probe->try_add(i, 1, {.timeout = 0ns});
    CHECK((result ? *result == i + 1 : result.error().code() == shmidl::Errc::timed_out || result.error().code() == shmidl::Errc::overloaded));
  }
  CHECK(probe->add(1, 2) == 3);
}

TEST_CASE("a dropped Future neither waits nor harms") {
  const Services services;
  const ServerProcess server("dropped");
  const auto probe = connect_probe("dropped");
  const std::vector<std::uint8_t> bytes(100'000, 1);
  for (int i = 0; i < 300; ++i) static_cast<void>(probe->async_sum(bytes));
  CHECK(probe->sum(bytes) == 100'000);
}

TEST_CASE("a Future keeps its connection") {
  const Services services;
  const ServerProcess server("kept");
  auto probe = connect_probe("kept");
  auto sum = probe->async_add(2, 3);
  probe.reset();
  CHECK(sum.get() == 5);
}

TEST_CASE("a received Array outlives its connection and its server") {
  const Services services;
  shmidl::Array<std::uint8_t> kept;
  {
    ServerProcess server("gone");
    auto [count, bytes] = connect_probe("gone")->async_ramp(100'000).get();
    CHECK(count == 100'000);
    kept = bytes;
    server.process.kill();
    server.process.wait();
  }
  const auto& seen = std::as_const(kept);
  REQUIRE(seen.size() == 100'000);
  for (std::size_t i = 0; i < seen.size(); i += 997) REQUIRE(seen[i] == static_cast<std::uint8_t>(i));
  kept[0] = 9;  // the first write takes a private copy
  CHECK(seen[0] == 9);
  CHECK(seen[1] == 1);
}

TEST_CASE("arrays made in the arena are read where they lie, time after time") {
  const Services services;
  const ServerProcess server("arena");
  const auto probe = connect_probe("arena");
  auto bytes = probe->allocate<std::uint8_t>(1 << 20);
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{1});
  CHECK(probe->sum(std::as_const(bytes)) == 1 << 20);
  const std::size_t files = memory_files(::getpid()).size();
  for (int i = 0; i < 50; ++i) {
    bytes[0] = static_cast<std::uint8_t>(i);
    CHECK(probe->sum(std::as_const(bytes)) == (1 << 20) - 1 + i);
  }
  CHECK(memory_files(::getpid()).size() == files);
  // A part of one, too.
  CHECK(probe->sum(std::span<const std::uint8_t>(std::as_const(bytes)).subspan(1, 10'000)) == 10'000);
}

TEST_CASE("memory stays with its connection: calls of all sizes make it grow to the footprint of large ranges and no further") {
  const Services services;
  const ServerProcess server("steady");
  const auto probe = connect_probe("steady");
  std::vector<std::uint8_t> bytes(1 << 20, 1);
  auto round = [&] {
    for (std::size_t size = 1; size <= bytes.size(); size *= 2) {
      REQUIRE(probe->sum(std::span<const std::uint8_t>(bytes).first(size)) == static_cast<std::int64_t>(size));
      std::vector<std::uint8_t> back(size);
      REQUIRE(probe->ramp(back) == static_cast<std::int64_t>(size));
    }
  };
  round();
  const std::size_t mine = memory_files(::getpid()).size();
  const std::size_t theirs = memory_files(server.process.pid()).size();
  // Large ranges of each side get more memory to go round in, in at most three steps, while calls go on.
  constexpr std::size_t kSteps = 2 * 3;
  for (int i = 0; i < 100; ++i) round();
  CHECK(memory_files(::getpid()).size() <= mine + kSteps);
  CHECK(memory_files(server.process.pid()).size() <= theirs + kSteps);
}

TEST_CASE("a closed connection cancels calls, running and later") {
  const Services services;
  const ServerProcess server("closed");
  const auto probe = connect_probe("closed");
  auto running = probe->async_work(60'000);
  REQUIRE_FALSE(running.wait_for(1ms));
  shmidl::link(*probe).close();
  CHECK(running.try_get().error().code() == shmidl::Errc::cancelled);
  CHECK(probe->try_add(1, 2).error().code() == shmidl::Errc::cancelled);
  CHECK(probe->try_note("x").error().code() == shmidl::Errc::cancelled);
}

TEST_CASE("in a forked child the connection answers forked, and the parent's goes on") {
  const Services services;
  const ServerProcess server("forked");
  auto probe = connect_probe("forked");
  auto bytes = probe->allocate<std::uint8_t>(10'000);
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  auto [count, received] = probe->async_ramp(100'000).get();
  auto pending = probe->async_add(1, 1);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool forked = probe->try_add(1, 2).error().code() == shmidl::Errc::forked && probe->try_note("x").error().code() == shmidl::Errc::forked &&
                        pending.try_get().error().code() == shmidl::Errc::forked;
    // Ends everything that the parent goes on using, and makes a connection of its own.
    received = {};
    bytes = {};
    probe.reset();
    const bool own = connect_probe("forked")->add(2, 2) == 4;
    ::_exit(forked && own ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(pending.get() == 2);
  CHECK(probe->add(1, 2) == 3);
  CHECK(std::as_const(received)[255] == 255);
  const auto sum = probe->sum(std::as_const(bytes));
  CHECK(sum == 0);
}

TEST_CASE("a forked child that lives on does not hide its parent's death") {
  const Services services;
  ServerProcess server("parent");
  const auto probe = connect_probe("parent");
  // The child of the client holds copies of its descriptors; the server must see the client's end all the same.
  const std::size_t before = memory_files(server.process.pid()).size();
  const pid_t client = ::fork();
  if (client == 0) {
    const auto own = connect_probe("parent");
    if (::fork() == 0) {
      std::this_thread::sleep_for(3s);
      ::_exit(0);
    }
    ::_exit(own->add(1, 2) == 3 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(client, &status, 0);
  CHECK(status == 0);
  const auto deadline = std::chrono::steady_clock::now() + 2s;
  while (memory_files(server.process.pid()).size() > before && std::chrono::steady_clock::now() < deadline) probe->add(1, 1);
  CHECK(memory_files(server.process.pid()).size() <= before);
}
