// Server::drain: running calls finish, new ones are refused, the successor takes over.
#include "again.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;

namespace {

struct Quiet : Again {
  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  std::int32_t pid() override { return 0; }
  std::int32_t work(std::int32_t) override { return 0; }
  std::int32_t work_once(std::int32_t) override { return 0; }
  std::int64_t sum(std::span<const std::uint8_t>, const shmidl::Fd&, std::int32_t, std::string&) override { return 0; }
  void die() override {}
  std::int64_t id() override { return 0; }
  std::int64_t plain_id() override { return 0; }
  void count(std::int32_t n) override { counted_ += n; }
  void count_all(std::span<const std::int32_t>) override {}
  std::int64_t counted() override { return counted_; }
  bool hold() override { return false; }
  void release() override {}
  void drain(std::int32_t) override {}
  void destroy() override {}
  std::int32_t add_at(std::string_view, std::int32_t) override { return 0; }
  int counted_ = 0;
};

/// Each call of hold() waits until it is told to stop, and those who tell it wait for a moment.
struct Holding final : Quiet {
  bool hold() override {
    const std::stop_token stop = shmidl::this_call().stop_token();
    const std::stop_callback slow(stop, [] { std::this_thread::sleep_for(20ms); });
    ++holding;
    while (!stop.stop_requested() && !released) std::this_thread::sleep_for(1ms);
    return stop.stop_requested();
  }
  std::atomic<int> holding{0};
  std::atomic<bool> released{false};
};

std::shared_ptr<Again::Client> connect_here(const std::string& address) {
  return shmidl::connect<Again>(address, {.in_process = shmidl::InProcess::copies});
}

}  // namespace

TEST_CASE("while a server drains a running call finishes, and new ones are refused") {
  const Services services;
  const int threads = GENERATE(1, 3);
  AgainServer server("draining", threads);
  const auto plain = shmidl::connect<Again>("draining", {.connect_timeout = 20s});
  const auto second = shmidl::connect<Again>("draining", {.connect_timeout = 20s});
  auto call = std::async(std::launch::async, [&] { return plain->try_work(500); });
  server.process.read_line();  // working
  if (threads == 1) {
    // Its only thread is busy: the call stands behind the one that runs, as does the request to drain.
    second->drain(20'000);
  } else {
    second->drain(20'000);
    server.process.expect_line("draining");
    const auto refused = second->try_add(1, 2);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::draining);
    CHECK(refused.error().execution() == Execution::no);
  }
  const auto result = call.get();
  REQUIRE(result);
  CHECK(*result == server.process.pid());
  server.process.expect_line("drained");
  CHECK(server.process.wait() == 0);
  const auto late = second->try_add(1, 2);
  REQUIRE_FALSE(late);
  CHECK((late.error().code() == Errc::not_executed || late.error().code() == Errc::draining));
}

TEST_CASE("a draining server's name is free while its last call runs, and a client that reconnects goes to the successor") {
  const Services services;
  AgainServer first("heir", 2);
  const auto again = connect_again("heir");
  auto running = std::async(std::launch::async, [&] { return again->hold(); });
  first.process.expect_line("holding");
  again->drain(20'000);
  first.process.expect_line("draining");
  AgainServer second("heir");
  CHECK(again->pid() == second.process.pid());
  CHECK(again->work_once(0) == second.process.pid());
  CHECK(running.wait_for(0s) == std::future_status::timeout);
  first.process.kill();  // the call that it holds is not to be made twice
  CHECK_THROWS_AS(running.get(), shmidl::Error);
}

TEST_CASE("what runs when the time is over is stopped and cut") {
  const Services services;
  AgainServer server("cut", 2);
  const auto again = shmidl::connect<Again>("cut", {.connect_timeout = 20s});
  auto running = std::async(std::launch::async, [&] { return again->try_hold(); });
  server.process.expect_line("holding");
  again->drain(50);
  const auto result = running.get();
  // A handler that returns as soon as it is stopped may be just in time with its answer.
  if (result) CHECK(*result);
  else CHECK(result.error().code() == Errc::maybe_executed);
  server.process.expect_line("stopped");
  server.process.expect_line("drained");
  CHECK(server.process.wait() == 0);
}

TEST_CASE("a server in an event loop drains too, and so does one that never ran") {
  const Services services;
  Quiet impl;
  {
    shmidl::Server server("looped");
    server.serve(impl);
    const int fd = server.poll_fd();
    std::thread caller([] {
      const auto again = shmidl::connect<Again>("looped", {.connect_timeout = 20s});
      for (int i = 0; i < 50; ++i) again->count(1);
      for (;;) {
        const auto answer = again->try_add(1, 2);
        if (answer && *answer == 3) continue;
        REQUIRE_FALSE(answer);
        CHECK((answer.error().code() == Errc::draining || answer.error().code() == Errc::not_executed));
        break;
      }
    });
    const auto turn = [&] {
      pollfd ready{fd, POLLIN, 0};
      if (::poll(&ready, 1, 20) == 1) server.dispatch_ready();
    };
    while (impl.counted_ < 50) turn();
    server.drain(10s);
    while (!server.stopped()) turn();
    caller.join();
  }
  shmidl::Server server("unused");
  server.serve(impl);
  server.drain(10s);
  shmidl::Server successor("unused");
  server.run();
  CHECK(server.stopped());
}

TEST_CASE("a rolling restart under load is seen by no caller") {
  const Services services;
  constexpr int kThreads = 4;
  auto server = std::make_unique<AgainServer>("rolling", 2);
  std::atomic<bool> done{false};
  std::atomic<int> calls{0};
  std::atomic<int> wrong{0};
  const auto again = connect_again("rolling");
  const auto operators = connect_again("rolling");
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto own = t % 2 == 0 ? again : connect_again("rolling");
      for (int i = 0; !done; ++i) {
        // Plain ones too: nobody dies, so each is either refused or answered.
        bool good = false;
        switch ((i + t) % 4) {
          case 0: good = own->try_add(i, 1).value_or(-1) == i + 1; break;
          case 1: good = own->try_id().has_value(); break;
          case 2: good = own->async_add(i, 2).try_get().value_or(-1) == i + 2; break;
          default: good = own->try_pid().has_value(); break;
        }
        if (!good) ++wrong;
        ++calls;
      }
    });
  }
  for (int round = 0; round < 5; ++round) {
    for (const int before = calls; calls < before + 100;) std::this_thread::yield();
    operators->drain(20'000);
    server->process.expect_line("draining");
    auto next = std::make_unique<AgainServer>("rolling", 2);
    server->process.expect_line("drained");
    CHECK(server->process.wait() == 0);
    server = std::move(next);
  }
  for (const int before = calls; calls < before + 100;) std::this_thread::yield();
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("when the time is over the calls of all clients are cut, also while connections end") {
  constexpr unsigned kClients = 8;
  Holding impl;
  shmidl::Server server("inproc:held", {.threads = kClients + 1});
  server.serve(impl);
  auto run = std::async(std::launch::async, [&] { server.run(); });
  std::vector<std::shared_ptr<Again::Client>> clients;
  std::vector<shmidl::Future<bool>> calls;
  for (unsigned i = 0; i < kClients; ++i) {
    clients.push_back(connect_here("inproc:held"));
    calls.push_back(clients.back()->async_hold());
  }
  while (impl.holding < static_cast<int>(kClients)) std::this_thread::yield();
  server.drain(1ms);
  CHECK(run.wait_for(30s) == std::future_status::ready);
  impl.released = true;
}

TEST_CASE("oneway calls that came before a server drained are run, also of clients at which it seldom looks") {
  Holding impl;
  shmidl::Server server("inproc:cold", {.wait = shmidl::Wait::poll});
  server.serve(impl);
  auto run = std::async(std::launch::async, [&] { server.run(); });
  std::vector<std::shared_ptr<Again::Client>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(connect_here("inproc:cold"));
  // Those that do not call go cold.
  for (const auto end = std::chrono::steady_clock::now() + 100ms; std::chrono::steady_clock::now() < end;) CHECK(clients.back()->add(1, 2) == 3);
  auto call = clients.back()->async_hold();
  while (impl.holding == 0) std::this_thread::yield();
  for (const std::size_t cold : {5u, 15u, 25u}) clients[cold]->count(1);
  server.drain(30s);
  impl.released = true;
  run.get();
  CHECK(impl.counted_ == 3);
  CHECK_FALSE(call.get());
}
