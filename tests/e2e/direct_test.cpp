// Which calls of a server in the same process run on their callers' threads, and which do not.
#include "near_places.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {

Place any_place_here() { return GENERATE(Place::this_process, Place::no_socket); }

/// Until the server's threads have noticed that callers of this process came; at the first call they have not, or have.
template <class Client>
void become_direct(Client& client) {
  while (client.thread() != ::gettid()) std::this_thread::yield();
}

/// Its calls take a while.
struct Slow final : NearTurns {
  std::int32_t turn(std::int32_t number) override {
    std::this_thread::sleep_for(1ms);
    ++turns;
    return number;
  }
  std::int64_t thread() override { return ::gettid(); }
  std::int32_t most() override { return turns; }
  std::atomic<int> turns{0};
};

struct Ear final : Hearer {
  std::int32_t heard(std::int32_t number) override { return number + 1; }
};

}  // namespace

TEST_CASE("a plain call runs on its caller's thread, with one thread and with several") {
  const Place place = any_place_here();
  const unsigned threads = GENERATE(1u, 3u);
  INFO(name_of(place) << ", " << threads << " threads");
  const Neighbourhood there(place, threads);
  const auto near = there.connect();
  become_direct(*near);
  for (int i = 0; i < 100; ++i) REQUIRE(near->thread() == ::gettid());
  CHECK(near->try_thread().value() == ::gettid());
  const auto turns = there.connect<NearTurns>();
  become_direct(*turns);
  CHECK(turns->thread() == ::gettid());
}

TEST_CASE("a call runs on the server's thread that has a deadline or a stop, that nobody waits for, or that is copied") {
  const Place place = any_place_here();
  INFO(name_of(place));
  const Neighbourhood there(place);
  const auto near = there.connect();
  become_direct(*near);
  CHECK(near->try_thread({.timeout = 60s}).value() != ::gettid());
  const std::stop_source source;
  CHECK(near->try_thread({.stop = source.get_token()}).value() != ::gettid());
  CHECK(near->async_thread().get() != ::gettid());
  CHECK(there.connect({.timeout = 60s})->thread() != ::gettid());
  const auto copied = there.connect({.in_process = shmidl::InProcess::copies});
  for (int i = 0; i < 20; ++i) CHECK(copied->thread() != ::gettid());
  become_direct(*near);
  // A stop that was requested before.
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(near->try_thread({.stop = stopped.get_token()}).error().errc() == Errc::cancelled);
}

TEST_CASE("a call runs on the server's thread after an oneway call that has not ended") {
  const Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  for (int last = 1; last <= 2'000; ++last) {
    near->note(last);
    REQUIRE(near->noted() == last);
  }
}

TEST_CASE("a connection over which objects went calls over itself, so that calls back find their thread") {
  const Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  CHECK(near->tell(std::make_shared<Ear>(), 1) == 2);
  for (int i = 0; i < 20; ++i) CHECK(near->thread() != ::gettid());
}

TEST_CASE("callers wait for a server that is busy, and enter it again when it is not") {
  Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  auto holds = near->async_hold("server");
  there.server().near.wait_until_held("server");
  auto waits = near->async_thread();
  std::thread caller([&] { CHECK(near->add(1, 2) == 3); });
  CHECK_FALSE(waits.wait_for(0ns));
  there.server().near.release_here("server");
  CHECK_FALSE(holds.get());
  CHECK(waits.get() != ::gettid());
  caller.join();
  become_direct(*near);
}

TEST_CASE("while a caller's thread runs a handler, a server of one thread runs no other") {
  Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  std::thread holder([&] {
    become_direct(*near);
    CHECK_FALSE(near->hold("caller"));
  });
  there.server().near.wait_until_held("caller");
  auto waits = near->async_add(1, 2);
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  CHECK_FALSE(waits.wait_for(0ns));
  there.server().near.release_here("caller");
  CHECK(waits.get() == 3);
  holder.join();
}

TEST_CASE("a server's run() returns when the handlers on its callers' threads have ended") {
  Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  std::thread holder([&] { CHECK_FALSE(near->hold("last")); });
  there.server().near.wait_until_held("last");
  std::atomic<bool> stopped{false};
  std::thread stops([&] {
    there.server().stop();
    stopped = true;
  });
  for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
  CHECK_FALSE(stopped);
  there.server().near.release_here("last");
  stops.join();
  holder.join();
  there.end();
  CHECK(near->try_thread().error().errc() == Errc::not_executed);
}

TEST_CASE("a handler on its caller's thread is asked to stop when the time of a drain is over, and its answer stands") {
  const std::string address = GENERATE("inproc:leaving", "leaving");
  const Services services;
  shmidl::Server server(address);
  NearService near_here;
  server.serve(near_here);
  std::thread run([&] { server.run(); });
  const auto near = shmidl::connect<Near>(address);
  become_direct(*near);
  std::thread holder([&] { CHECK(near->hold("drained")); });  // true: its token was requested
  near_here.wait_until_held("drained");
  server.drain(50ms);
  holder.join();
  run.join();
  CHECK(near->try_thread().error().errc() == Errc::not_executed);
}

TEST_CASE("a handler on its caller's thread knows its call") {
  Neighbourhood there(any_place_here());
  const auto near = there.connect();
  become_direct(*near);
  CHECK(near->caller() == std::to_string(::geteuid()) + " " + std::to_string(::getegid()) + " " + std::to_string(::getpid()));
  CHECK_FALSE(near->has_deadline());
  // Its stop token is requested when the connection ends.
  std::thread closes([&] {
    there.server().near.wait_until_held("token");
    shmidl::link(*near).close();
  });
  CHECK(near->hold("token"));
  closes.join();
  CHECK(near->try_thread().error().errc() == Errc::cancelled);
}

TEST_CASE("handlers on a caller's thread call other servers of the process on it, too") {
  const Services services;
  const NearServer outer("inproc:outer");
  const NearServer inner("inproc:inner");
  const auto near = shmidl::connect<Near>("inproc:outer");
  const auto other = shmidl::connect<Near>("inproc:inner");
  become_direct(*near);
  become_direct(*other);
  while (near->thread_at("inproc:inner") != ::gettid()) std::this_thread::yield();
  // A call with a deadline may be given up, and with it what it calls: that goes over the connection.
  CHECK(near->try_thread_at("inproc:inner", {.timeout = 60s}).value() != ::gettid());
  CHECK(near->try_add_at("inproc:inner", 1, -1).error().errc() == Errc::service_error);
}

TEST_CASE("a server in an event loop runs all handlers in its loop") {
  shmidl::Server server("inproc:looping");
  NearService service;
  server.serve(service);
  static_cast<void>(server.poll_fd());
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> elsewhere{0};
  const std::int64_t loop = ::gettid();
  std::thread client([&] {
    const auto near = shmidl::connect<Near>("inproc:looping");
    for (int i = 0; i < 100; ++i) elsewhere += near->thread() != loop ? 1 : 0;
    done = true;
  });
  while (!done) server.dispatch_ready();
  client.join();
  CHECK(elsewhere == 0);
}

TEST_CASE("who calls on its own thread without end leaves the others their turns, and the server its end") {
  constexpr int kMost = 10'000;
  constexpr std::size_t kCalls = 51;
  const unsigned threads = GENERATE(1u, 3u);
  Slow slow;
  std::optional<shmidl::Server> server(std::in_place, "inproc:slow", shmidl::ServerOptions{.threads = threads});
  server->serve(slow);
  std::thread run([&] { server->run(); });
  const auto direct = shmidl::connect<NearTurns>("inproc:slow");
  const auto copied = shmidl::connect<NearTurns>("inproc:slow", {.in_process = shmidl::InProcess::copies});
  become_direct(*direct);
  std::thread greedy([&] {
    while (slow.turns < kMost && direct->try_turn(1)) {
    }
  });
  while (slow.turns == 0) std::this_thread::yield();
  // The turns of others while a call waits for its own: one that runs, and some before the server's thread is awake.
  std::vector<int> others;
  for (std::size_t i = 0; i < kCalls; ++i) {
    const int before = slow.turns;
    REQUIRE(copied->turn(static_cast<int>(i)) == static_cast<int>(i));
    others.push_back(slow.turns - before - 1);
  }
  std::nth_element(others.begin(), others.begin() + kCalls / 2, others.end());
  CAPTURE(threads, slow.turns);
  CHECK(others[kCalls / 2] <= 4);
  server->stop();
  run.join();
  CHECK(slow.turns < kMost);
  server.reset();
  greedy.join();
}
