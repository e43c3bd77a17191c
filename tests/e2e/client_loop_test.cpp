// Clients inside an event loop of the test's own: continuations, deadlines, deaths.
#include "loop.hpp"
#include "pair.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <shmidl/std_future.hpp>

#include "support/catch.hpp"

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

shmidl::Wait wait_of(const std::string& word) {
  return word == "poll" ? shmidl::Wait::poll : word == "block" ? shmidl::Wait::block : shmidl::Wait::adaptive;
}

/// By then a server of one thread has looked at every lane.
void let_all_be_answered(Probe::Client& probe) {
  for (int i = 0; i < 200; ++i) probe.add(i, i);
}

}  // namespace

TEST_CASE("the client's descriptor is readable when an answer is there, and no longer than until it was taken") {
  const Services services;
  ServerProcess server("level");
  const auto probe = connect_probe("level");
  auto link = shmidl::link(*probe);
  const int fd = link.poll_fd();
  CHECK_FALSE(readable(fd));
  int sum = 0;
  std::thread::id where;
  probe->async_add(20, 22).then([&](shmidl::Result<std::int32_t> answer) {
    sum = *answer;
    where = std::this_thread::get_id();
  });
  CHECK(sum == 0);
  REQUIRE(readable(fd, kPatience));
  CHECK(link.dispatch_ready() == 1);
  CHECK(sum == 42);
  CHECK(where == std::this_thread::get_id());
  CHECK(settle(link, fd) <= 3);
  CHECK(link.dispatch_ready() == 0);
}

TEST_CASE("a limit leaves the client's descriptor readable") {
  const Services services;
  const ServerProcess server("limit");
  const auto probe = connect_probe("limit");
  auto link = shmidl::link(*probe);
  const int fd = link.poll_fd();
  int ran = 0;
  for (int i = 0; i < 5; ++i) probe->async_add(i, 1).then([&](shmidl::Result<std::int32_t>) { ++ran; });
  let_all_be_answered(*probe);
  for (int i = 1; i <= 5; ++i) {
    CHECK(readable(fd, kPatience));
    CHECK(link.dispatch_ready(1) == 1);
    CHECK(ran == i);
  }
  CHECK(settle(link, fd) <= 6);
}

TEST_CASE("a thousand calls go on in run(), however the sides wait") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "block", "poll");
  const ServerProcess server("thousand", wait, GENERATE(1, 3));
  const auto probe = connect_probe("thousand", wait_of(wait));
  auto link = shmidl::link(*probe);
  constexpr int kMany = 1000;
  std::int64_t sum = 0;
  int left = kMany;
  const std::vector<std::uint8_t> bytes(9'000, 1);
  for (int i = 0; i < kMany; ++i) {
    const auto add = [&](std::int64_t n) {
      sum += n;
      if (--left == 0) link.stop();
    };
    if (i % 10 == 0) probe->async_sum(bytes).then([add](shmidl::Result<std::int64_t> answer) { add(answer.value()); });
    else probe->async_add(i, 0).then([add](shmidl::Result<std::int32_t> answer) { add(answer.value()); });
  }
  CHECK(left == kMany);  // not one of them has run yet
  link.run();
  CHECK(left == 0);
  std::int64_t expected = 0;
  for (int i = 0; i < kMany; ++i) expected += i % 10 == 0 ? 9'000 : i;
  CHECK(sum == expected);
}

TEST_CASE("what a continuation begins goes on in the same run") {
  const Services services;
  const ServerProcess server("chain");
  const auto probe = connect_probe("chain", GENERATE(shmidl::Wait::adaptive, shmidl::Wait::block));
  auto link = shmidl::link(*probe);
  int sum = 0;
  std::function<void(shmidl::Result<std::int32_t>)> next = [&](shmidl::Result<std::int32_t> answer) {
    sum = answer.value();
    if (sum == 500) link.stop();
    else probe->async_add(sum, 1).then(next);
  };
  probe->async_add(0, 1).then(next);
  link.run();
  CHECK(sum == 500);
}

TEST_CASE("a loop whose calls are not answered is not woken") {
  const Services services;
  ServerProcess server("idle");
  const auto probe = connect_probe("idle");
  auto link = shmidl::link(*probe);
  const int fd = link.poll_fd();
  probe->async_work(60'000, {.timeout = 1h}).then([](shmidl::Result<void>) {});
  server.process.expect_line("working");
  settle(link, fd);
  CHECK_FALSE(readable(fd, 500ms));
}

TEST_CASE("continuations run with their errors when the server is killed, and then its death is told") {
  const Services services;
  ServerProcess server("killed");
  const auto probe = connect_probe("killed");
  auto link = shmidl::link(*probe);
  std::vector<shmidl::Errc> ends;
  const auto note = [&](const auto& answer) { ends.push_back(answer ? shmidl::Errc{} : answer.error().errc()); };
  link.on_peer_death([&](const shmidl::Error& error) { ends.push_back(error.errc()); });
  const int fd = link.poll_fd();
  probe->async_work(60'000).then([&](shmidl::Result<void> answer) { note(answer); });
  server.process.expect_line("working");
  for (int i = 0; i < 30; ++i) probe->async_add(i, i).then([&](shmidl::Result<std::int32_t> answer) { note(answer); });
  CHECK(ends.empty());
  server.process.kill();
  SECTION("in run()") { link.run(); }
  SECTION("in a loop") {
    while (ends.size() < 32) {
      REQUIRE(readable(fd, kPatience));
      static_cast<void>(link.dispatch_ready());
    }
    CHECK(settle(link, fd) <= 3);
  }
  REQUIRE(ends.size() == 32);
  CHECK(std::count(ends.begin(), ends.end(), shmidl::Errc::maybe_executed) == 1);
  CHECK(std::count(ends.begin(), ends.end(), shmidl::Errc::not_executed) == 30);
  CHECK(std::count(ends.begin(), ends.end(), shmidl::Errc::peer_died) == 1);
  // What comes afterwards ends at once, in the next dispatch.
  probe->async_add(1, 1).then([&](shmidl::Result<std::int32_t> answer) { note(answer); });
  CHECK(ends.size() == 32);
  CHECK(readable(fd));
  CHECK(link.dispatch_ready() == 1);
  CHECK(ends.back() == shmidl::Errc::not_executed);
}

TEST_CASE("where nobody dispatches, the server's death is told on another thread") {
  const Services services;
  const ServerProcess server("told");
  const auto probe = connect_probe("told");
  std::promise<std::pair<shmidl::Errc, std::thread::id>> told;
  shmidl::link(*probe).on_peer_death([&](const shmidl::Error& error) { told.set_value({error.errc(), std::this_thread::get_id()}); });
  server.process.kill();
  auto end = told.get_future();
  REQUIRE(end.wait_for(kPatience) == std::future_status::ready);
  const auto [errc, thread] = end.get();
  CHECK(errc == shmidl::Errc::peer_died);
  CHECK(thread != std::this_thread::get_id());
  // Who asks too late is told as well.
  std::promise<void> late;
  shmidl::link(*probe).on_peer_death([&](const shmidl::Error&) { late.set_value(); });
  CHECK(late.get_future().wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("run() ends by stop() from another thread, also one that came before") {
  const Services services;
  const ServerProcess server("stop");
  const auto probe = connect_probe("stop");
  auto link = shmidl::link(*probe);
  link.stop();
  link.run();
  int ran = 0;
  std::thread other([&] {
    probe->async_add(1, 2).then([&](shmidl::Result<std::int32_t>) { ++ran; });  // while run() sleeps, or before
    probe->add(1, 1);
    probe->async_add(1, 2).then([&](shmidl::Result<std::int32_t>) {
      ++ran;
      std::thread([link]() mutable { link.stop(); }).join();
    });
  });
  link.run();
  other.join();
  while (ran < 2) static_cast<void>(link.dispatch_ready());
  CHECK(ran == 2);
}

TEST_CASE("close() ends what waits, and run()") {
  const Services services;
  ServerProcess server("closed");
  const auto probe = connect_probe("closed");
  auto link = shmidl::link(*probe);
  bool told = false;
  link.on_peer_death([&](const shmidl::Error&) { told = true; });
  shmidl::Errc end{};
  probe->async_work(60'000).then([&](shmidl::Result<void> answer) { end = answer.error().errc(); });
  server.process.expect_line("working");
  std::thread([&] { link.close(); }).join();
  link.run();
  CHECK(end == shmidl::Errc::cancelled);
  CHECK_FALSE(told);
}

TEST_CASE("a call's deadline makes the descriptor readable") {
  const Services services;
  ServerProcess server("late");
  const auto probe = connect_probe("late");
  auto link = shmidl::link(*probe);
  const int fd = link.poll_fd();
  probe->async_work(60'000).then([](shmidl::Result<void>) {});
  server.process.expect_line("working");
  settle(link, fd);
  std::vector<int> ends;
  const auto start = [&](int which, std::chrono::milliseconds timeout) {
    probe->async_add(1, 1, {.timeout = timeout}).then([&ends, which](shmidl::Result<std::int32_t> answer) {
      if (!answer && answer.error().errc() == shmidl::Errc::timed_out) ends.push_back(which);
    });
  };
  start(3, 400ms);
  start(1, 100ms);
  start(2, 200ms);
  while (ends.size() < 3) {
    REQUIRE(readable(fd, kPatience));
    static_cast<void>(link.dispatch_ready());
  }
  CHECK(ends == std::vector<int>{1, 2, 3});
  link.close();  // what still waits keeps the connection until it has run
  CHECK(link.dispatch_ready() == 1);
}

TEST_CASE("a call that is cancelled has ended, and its lane is used again") {
  const Services services;
  ServerProcess server("cancel");
  const auto probe = connect_probe("cancel");
  auto link = shmidl::link(*probe);
  auto busy = probe->async_work(500);
  server.process.expect_line("working");
  auto call = probe->async_work(100);
  call.cancel();
  CHECK(call.valid());
  CHECK(call.wait_for(0ns));
  CHECK(call.try_get().error().code() == shmidl::Errc::cancelled);
  CHECK_FALSE(call.valid());
  auto other = probe->async_add(1, 1);
  other.cancel();
  other.cancel();
  shmidl::Errc end{};
  other.then([&](shmidl::Result<std::int32_t> answer) { end = answer.error().errc(); });
  CHECK(end == shmidl::Errc{});
  CHECK(link.dispatch_ready() == 1);
  CHECK(end == shmidl::Errc::cancelled);
  // By its caller's token, from another thread.
  std::stop_source source;
  probe->async_add(1, 1, {.stop = source.get_token()}).then([&](shmidl::Result<std::int32_t> answer) {
    end = answer ? shmidl::Errc{} : answer.error().errc();
    link.stop();
  });
  end = {};
  std::thread([&] { source.request_stop(); }).join();
  link.run();
  CHECK(end == shmidl::Errc::cancelled);
  busy.get();
  for (int i = 0; i < 300; ++i) probe->async_add(i, i).cancel();
  CHECK(probe->add(20, 22) == 42);
}

TEST_CASE("what a continuation throws leaves the dispatch, and the others run in the next one") {
  const Services services;
  const ServerProcess server("throws");
  const auto probe = connect_probe("throws");
  auto link = shmidl::link(*probe);
  int ran = 0;
  for (int i = 0; i < 3; ++i) {
    probe->async_add(i, i).then([&](shmidl::Result<std::int32_t>) {
      if (++ran == 1) throw std::runtime_error("no more");
    });
  }
  let_all_be_answered(*probe);
  CHECK_THROWS_AS(link.dispatch_ready(), std::runtime_error);
  CHECK(ran == 1);
  CHECK(readable(link.poll_fd()));
  CHECK(link.dispatch_ready() == 2);
}

TEST_CASE("misuse of a client's loop is told") {
  const Services services;
  const ServerProcess server("misuse");
  const auto probe = connect_probe("misuse");
  auto link = shmidl::link(*probe);
  bool told = false;
  probe->async_add(1, 1).then([&](shmidl::Result<std::int32_t>) {
    try {
      link.run();
    } catch (const std::logic_error&) {
      told = true;
    }
    link.stop();
  });
  link.run();
  CHECK(told);
  shmidl::Future<std::int32_t> empty;
  CHECK_THROWS_AS(empty.then([](shmidl::Result<std::int32_t>) {}), std::logic_error);
  const auto poller = connect_probe("misuse", shmidl::Wait::poll);
  CHECK_THROWS_AS(shmidl::link(*poller).poll_fd(), std::logic_error);
}

TEST_CASE("in a forked child what waits ends at once, and the parent's goes on") {
  const Services services;
  ServerProcess server("forked");
  const auto probe = connect_probe("forked");
  auto link = shmidl::link(*probe);
  const int fd = link.poll_fd();
  shmidl::Errc end{};
  probe->async_work(200).then([&](shmidl::Result<void> answer) { end = answer ? shmidl::Errc{} : answer.error().errc(); });
  server.process.expect_line("working");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ran = link.dispatch_ready() == 1 && end == shmidl::Errc::forked;
    probe->async_add(1, 1).then([&](shmidl::Result<std::int32_t> answer) { end = answer ? shmidl::Errc{} : shmidl::Errc::cancelled; });
    link.run();
    ::_exit(ran && end == shmidl::Errc::cancelled ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  REQUIRE(readable(fd, kPatience));
  while (link.dispatch_ready() == 0) REQUIRE(readable(fd, kPatience));
  CHECK(end == shmidl::Errc{});
}

TEST_CASE("a call that is waited for ends when the server leaves, though the loop is not dispatched") {
  const Services services;
  auto server = std::make_unique<shmidl::Server>("leaves");  // in this process, which lives on
  struct Silent final : Probe {
    std::int32_t add(std::int32_t, std::int32_t) override { return 0; }
    std::int64_t sum(std::span<const std::uint8_t>) override { return 0; }
    std::int64_t ramp(std::span<std::uint8_t>) override { return 0; }
    Shape echo(const Shape::View& shape) override { return shape.copy(); }
    void work(std::int32_t) override {}
    void note(std::string_view) override {}
    void notes(std::vector<std::string>&) override {}
    void count(std::int32_t) override {}
    std::int64_t counted() override { return 0; }
    void refuse(std::string_view) override {}
    void stop() override {}
  } silent;
  server->serve(silent);
  static_cast<void>(server->poll_fd());  // clients come in; nobody dispatches
  const auto probe = connect_probe("leaves");
  CHECK_FALSE(readable(shmidl::link(*probe).poll_fd()));
  auto answer = std::async(std::launch::async, [&] { return probe->try_add(1, 2).error().errc(); });
  CHECK(answer.wait_for(50ms) == std::future_status::timeout);
  server.reset();
  REQUIRE(answer.wait_for(kPatience) == std::future_status::ready);
  CHECK(answer.get() == shmidl::Errc::not_executed);
}

TEST_CASE("a std::future becomes ready while somebody runs the loop") {
  const Services services;
  const ServerProcess server("standard");
  const auto probe = connect_probe("standard");
  auto link = shmidl::link(*probe);
  std::thread loop([&] { link.run(); });
  CHECK(shmidl::to_std_future(probe->async_add(20, 22)).get() == 42);
  shmidl::to_std_future(probe->async_work(1)).get();
  auto refused = shmidl::to_std_future(probe->async_refuse("not today"));
  try {
    refused.get();
    FAIL("no error came");
  } catch (const shmidl::Error& error) {
    CHECK(error.code() == shmidl::Errc::service_error);
  }
  link.stop();
  loop.join();
}
