// Many calls under way at a time: from one thread, from many, answered in any order, given up, and cut off by a death.
#include "pair.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace e2e;
using namespace std::chrono_literals;

namespace {

using Sum = shmidl::Future<std::int32_t>;

/// More than a connection carries at a time.
constexpr int kMany = 500;

std::vector<Sum> start(Probe::Client& probe, int count) {
  std::vector<Sum> calls;
  for (int i = 0; i < count; ++i) calls.push_back(probe.async_add(i, 1));
  return calls;
}

}  // namespace

TEST_CASE("more calls may be under way than a connection carries at a time, and are answered in any order") {
  const Services services;
  const std::string wait = GENERATE("poll", "adaptive", "block");
  const ServerProcess server("flight", wait, GENERATE(1, 3));
  const auto probe = connect_probe("flight", wait == "poll" ? shmidl::Wait::poll : wait == "block" ? shmidl::Wait::block : shmidl::Wait::adaptive);
  std::vector<Sum> calls = start(*probe, kMany);
  std::vector<int> order(kMany);
  for (int i = 0; i < kMany; ++i) order[static_cast<std::size_t>(i)] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  for (const int i : order) CHECK(calls[static_cast<std::size_t>(i)].get() == i + 1);
  CHECK(probe->add(1, 2) == 3);
}

TEST_CASE("calls of all sizes may be under way together") {
  const Services services;
  const ServerProcess server("mixed");
  const auto probe = connect_probe("mixed");
  const std::vector<std::uint8_t> bytes(20'000, 1);
  std::vector<Sum> small;
  std::vector<shmidl::Future<std::int64_t>> large;
  for (int i = 0; i < 200; ++i) {
    small.push_back(probe->async_add(i, i));
    large.push_back(probe->async_sum(bytes));
  }
  for (int i = 200; i-- > 0;) {
    CHECK(small[static_cast<std::size_t>(i)].get() == 2 * i);
    CHECK(large[static_cast<std::size_t>(i)].get() == 20'000);
  }
}

TEST_CASE("a Future may be moved, asked again and again, and taken by another thread") {
  const Services services;
  const ServerProcess server("moved");
  const auto probe = connect_probe("moved");
  Sum first = probe->async_add(1, 2);
  CHECK(first.valid());
  Sum second = std::move(first);
  CHECK_FALSE(first.valid());  // NOLINT: what a moved Future says is what is tested
  while (!second.wait_for(1ms)) {
  }
  CHECK(second.wait_for(0ns));
  second = probe->async_add(3, 4);  // the answer to the first call is given up
  int sum = 0;
  std::thread([&] { sum = second.get(); }).join();
  CHECK(sum == 7);
  CHECK_FALSE(second.valid());
  CHECK(second.try_get().error().code() == shmidl::Errc::cancelled);
}

TEST_CASE("futures that are dropped leave their lanes to others") {
  const Services services;
  const ServerProcess server("dropping");
  const auto probe = connect_probe("dropping");
  for (int round = 0; round < 20; ++round) start(*probe, kMany).clear();
  CHECK(probe->add(20, 22) == 42);
}

TEST_CASE("each call that is under way when the server dies is told whether it may have run") {
  const Services services;
  ServerProcess server("cut", "adaptive", 1);
  const auto probe = connect_probe("cut");
  auto running = probe->async_work(60'000);
  server.process.expect_line("working");
  std::vector<Sum> behind = start(*probe, 40);  // the only thread works: none of these begins, and each has a lane
  server.process.kill();
  CHECK(running.try_get().error().code() == shmidl::Errc::maybe_executed);
  for (Sum& call : behind) CHECK(call.try_get().error().code() == shmidl::Errc::not_executed);
}

TEST_CASE("an asynchronous call keeps its deadline while nobody waits for it") {
  const Services services;
  ServerProcess server("overdue");
  const auto probe = connect_probe("overdue");
  auto running = probe->async_work(2'000);
  server.process.expect_line("working");
  Sum behind = probe->async_add(1, 1, {.timeout = 20ms});
  const auto began = std::chrono::steady_clock::now();
  CHECK(behind.try_get().error().code() == shmidl::Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - began < 1s);
}

TEST_CASE("small oneway calls of many threads all arrive, and none overtakes a later call of its thread") {
  const Services services;
  const std::string wait = GENERATE("poll", "adaptive", "block");
  const ServerProcess server("swarm", wait, GENERATE(1, 2));
  const auto probe = connect_probe("swarm", wait == "poll" ? shmidl::Wait::poll : wait == "block" ? shmidl::Wait::block : shmidl::Wait::adaptive);
  constexpr int kThreads = 4;
  constexpr int kEach = 2'000;
  std::atomic<int> early{0};
  // Alone first: the ring is this thread's own until another one wants it.
  for (int i = 0; i < kEach; ++i) probe->count(1);
  CHECK(probe->counted() == kEach);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 1; i <= kEach; ++i) {
        probe->count(1);
        if (i % 500 == 0 && probe->counted() < kEach + i) ++early;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(early == 0);
  for (int i = 0; i < 10 && probe->counted() != (kThreads + 1) * kEach; ++i) probe->count(0);
  CHECK(probe->counted() == (kThreads + 1) * kEach);
}

TEST_CASE("a full ring is said by try_, and waited out by the plain form") {
  const Services services;
  ServerProcess server("full");
  const auto probe = connect_probe("full");
  auto running = probe->async_work(300);
  server.process.expect_line("working");
  int sent = 0;
  while (probe->try_count(1)) ++sent;
  CHECK(sent == 64);
  CHECK(probe->try_count(1).error().code() == shmidl::Errc::would_block);
  probe->count(1);  // waits until the server goes on
  CHECK(probe->counted() == 65);
  running.get();
}
