// A server inside an event loop of the test's own; its clients are other processes.
#include "loop.hpp"
#include "pair.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

struct Impl final : Probe {
  std::int32_t add(std::int32_t a, std::int32_t b) override {
    ++ran;
    return a + b;
  }
  std::int64_t sum(std::span<const std::uint8_t> bytes) override {
    ++ran;
    return static_cast<std::int64_t>(bytes.size());
  }
  void note(std::string_view) override { ++ran; }
  void count(std::int32_t) override { ++ran; }
  std::int64_t counted() override { return ran; }
  void work(std::int32_t) override { static_cast<void>(server->dispatch_ready()); }
  void stop() override { server->stop(); }
  std::int64_t ramp(std::span<std::uint8_t>) override { return 0; }
  Shape echo(const Shape::View& shape) override { return shape.copy(); }
  void notes(std::vector<std::string>&) override {}
  void refuse(std::string_view) override {
    std::promise<void> stopped;
    const std::stop_callback stop(shmidl::this_call().stop_token(), [&] { stopped.set_value(); });
    holding = true;
    told = stopped.get_future().wait_for(kPatience) == std::future_status::ready;
  }

  shmidl::Server* server = nullptr;
  int ran = 0;
  std::atomic<bool> holding{false};
  bool told = false;
};

/// A server that the test drives.
struct Served {
  explicit Served(const std::string& name, const shmidl::ServerOptions& options = {}) : server(name, options) {
    impl.server = &server;
    server.serve(impl);
  }
  /// Until `client` has ended.
  void serve_until_end(const Process& client) {
    const int fd = server.poll_fd();
    while (client.running()) {
      if (readable(fd, 10ms)) static_cast<void>(server.dispatch_ready());
    }
  }
  Impl impl;
  shmidl::Server server;
};

}  // namespace

TEST_CASE("the server's descriptor is readable as long as calls wait, and no longer") {
  const Services services;
  Served served("level");
  const int fd = served.server.poll_fd();
  CHECK(served.server.poll_fd() == fd);
  CHECK_FALSE(readable(fd));
  Process client(LOOP_CLIENT, {"level", "oneways", "10"});
  client.expect_line("sent");
  REQUIRE(readable(fd, kPatience));
  for (int i = 1; i <= 10; ++i) {
    REQUIRE(readable(fd));
    CHECK(served.server.dispatch_ready(1) == 1);
    CHECK(served.impl.ran == i);
  }
  CHECK(settle(served.server, fd) <= 3);
  CHECK_FALSE(readable(fd, 300ms));  // an idle loop is not woken
  CHECK(served.server.dispatch_ready() == 0);
  CHECK_FALSE(readable(fd));
}

TEST_CASE("a dispatch without a limit of its own takes all that waits") {
  const Services services;
  Served served("all");
  const int fd = served.server.poll_fd();
  Process client(LOOP_CLIENT, {"all", "oneways", "40"});
  client.expect_line("sent");
  REQUIRE(readable(fd, kPatience));
  CHECK(served.server.dispatch_ready() == 40);
  CHECK(settle(served.server, fd) <= 3);
}

TEST_CASE("calls that are under way together are answered by a loop") {
  const Services services;
  Served served("calls");
  static_cast<void>(served.server.poll_fd());
  Process client(LOOP_CLIENT, {"calls", "calls", "300"});
  served.serve_until_end(client);
  CHECK(client.wait() == 0);
  CHECK(client.out() == "sent\n44850\n");
}

TEST_CASE("many clients that wait in different ways share one loop") {
  const Services services;
  Served served("many");
  static_cast<void>(served.server.poll_fd());
  constexpr int kClients = 12;  // more than are always looked at
  constexpr int kCalls = 200;
  const char* const waits[] = {"adaptive", "block", "poll"};
  std::vector<std::unique_ptr<Process>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Process>(PROBE_CLIENT, std::vector<std::string>{"many", waits[i % 3], std::to_string(kCalls)}));
  }
  for (const auto& client : clients) {
    served.serve_until_end(*client);
    CHECK(client->wait() == 0);
    CHECK(client->out() == std::to_string(kCalls) + "\n");
  }
  CHECK(served.impl.ran == kClients * kCalls);
  CHECK(settle(served.server, served.server.poll_fd()) <= 10);
}

TEST_CASE("a client that is killed leaves a loop that rests") {
  const Services services;
  Served served("killed");
  const int fd = served.server.poll_fd();
  Process client(LOOP_CLIENT, {"killed", "oneways", "3"});
  client.expect_line("sent");
  REQUIRE(readable(fd, kPatience));
  settle(served.server, fd);
  CHECK(served.impl.ran == 3);
  client.kill();
  client.wait();
  REQUIRE(readable(fd, kPatience));
  CHECK(settle(served.server, fd) < 20);
  CHECK_FALSE(readable(fd, 200ms));
}

TEST_CASE("what a client sent before it was killed is still taken") {
  const Services services;
  Served served("last");
  const int fd = served.server.poll_fd();
  Process client(LOOP_CLIENT, {"last", "oneways", "30"});
  client.expect_line("sent");
  client.kill();
  client.wait();
  settle(served.server, fd);
  CHECK(served.impl.ran == 30);
}

TEST_CASE("stop() from another thread is seen by the loop, and nothing is served afterwards") {
  const Services services;
  Served served("stopped");
  const int fd = served.server.poll_fd();
  std::thread([&] { served.server.stop(); }).join();
  CHECK(readable(fd, kPatience));
  CHECK(served.server.stopped());
  CHECK(served.server.dispatch_ready() == 0);
  CHECK_FALSE(readable(fd));
  Process client(LOOP_CLIENT, {"stopped", "oneways", "1"});
  client.expect_line("sent");
  CHECK(served.server.dispatch_ready() == 0);
  CHECK(served.impl.ran == 0);
}

TEST_CASE("stop() that comes before the loop is not lost") {
  const Services services;
  Served served("early");
  served.server.stop();
  CHECK(readable(served.server.poll_fd()));
  CHECK(served.server.stopped());
}

TEST_CASE("a server is driven by one of run() and an event loop") {
  const Services services;
  SECTION("the loop first") {
    Served served("driver");
    static_cast<void>(served.server.poll_fd());
    CHECK_THROWS_AS(served.server.run(), std::logic_error);
    CHECK_THROWS_AS(served.server.serve(served.impl), std::logic_error);
  }
  SECTION("run() first") {
    Served served("driver");
    served.server.stop();
    served.server.run();
    CHECK_THROWS_AS(served.server.poll_fd(), std::logic_error);
    CHECK_THROWS_AS(served.server.dispatch_ready(), std::logic_error);
  }
  SECTION("a server of several threads, and one whose clients never ring") {
    Served pool("pool", {.threads = 2});
    CHECK_THROWS_AS(pool.server.poll_fd(), std::logic_error);
    Served poller("poller", {.wait = shmidl::Wait::poll});
    CHECK_THROWS_AS(poller.server.poll_fd(), std::logic_error);
  }
}

TEST_CASE("a handler that dispatches its own server is told so") {
  const Services services;
  Served served("nested");
  const int fd = served.server.poll_fd();
  const auto probe = connect_probe("nested");
  auto call = probe->async_work(1);
  REQUIRE(readable(fd, kPatience));
  static_cast<void>(served.server.dispatch_ready());
  const auto answer = call.try_get();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == shmidl::Errc::service_error);
}

TEST_CASE("a handler in a loop learns that its caller gave up, or left, while it runs") {
  const Services services;
  Served served("given-up");
  const int fd = served.server.poll_fd();
  const auto probe = connect_probe("given-up");
  auto call = probe->async_refuse("until it is given up");
  const bool closes = GENERATE(false, true);
  std::thread caller([&] {
    while (!served.impl.holding) std::this_thread::yield();
    if (closes) shmidl::link(*probe).close();
    else call.cancel();
  });
  while (!served.impl.holding) {
    if (readable(fd, 10ms)) static_cast<void>(served.server.dispatch_ready());
  }
  caller.join();
  CHECK(served.impl.told);
  CHECK(settle(served.server, fd) < 10);
}

TEST_CASE("a server does not belong to a forked child, whose parent goes on") {
  const Services services;
  Served served("forked");
  const int fd = served.server.poll_fd();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto says_forked = [](auto&& what) {
      try {
        static_cast<void>(what());
      } catch (const shmidl::Error& error) {
        return error.code() == shmidl::Errc::forked;
      }
      return false;
    };
    ::_exit(says_forked([&] { return served.server.dispatch_ready(); }) && says_forked([&] { return served.server.poll_fd(); }) ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  Process client(LOOP_CLIENT, {"forked", "oneways", "2"});
  client.expect_line("sent");
  REQUIRE(readable(fd, kPatience));
  settle(served.server, fd);
  CHECK(served.impl.ran == 2);
}
