// Bad behaviour: what each side does to itself and to the other, and what that ends with. runtime/README.md, "What happens when", lists it all.
#include "again.hpp"
#include "pair.hpp"
#include "support/catch.hpp"
#include "upcalls.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;

namespace {

shmidl::ClientOptions patient() { return {.connect_timeout = 20s}; }

/// Does something else in changed().
struct Acting final : Listener {
  explicit Acting(std::function<int(int)> what) : act(std::move(what)) {}
  std::int32_t changed(std::int32_t number) override { return act(number); }
  std::string named(std::string_view, std::span<const std::uint8_t>) override { return std::string(10'000, static_cast<char>('0' + act(1) % 10)); }
  void fails(bool) override {}
  std::int32_t deeper(std::int32_t) override { return 0; }
  void noted(std::int32_t) override {}
  void quiet() override {}
  std::function<int(int)> act;
};

}  // namespace

TEST_CASE("a handler that calls its own server needs another thread of it, and has its deadline") {
  const Services services;
  const AgainServer alone("alone", 1);
  CHECK(connect_again("alone", patient())->add_at("alone", 200) == -static_cast<int>(Errc::timed_out));
  CHECK(connect_again("alone", patient())->add(1, 2) == 3);
  const AgainServer pool("pool", 2);
  CHECK(connect_again("pool", patient())->add_at("pool", 20'000) == 3);
}

TEST_CASE("a call without a deadline that a handler makes to itself ends with the outer one") {
  const Services services;
  AgainServer alone("alone", 1);
  const auto again = connect_again("alone", patient());
  const auto call = again->try_add_at("alone", 60'000, {.timeout = 300ms});
  // The handler's inner call ends at the same time: its answer may be there before the outer caller looks at the clock.
  if (call) CHECK(*call == -static_cast<int>(Errc::timed_out));
  else CHECK(call.error().code() == Errc::timed_out);
  CHECK(again->add(1, 2) == 3);  // its thread is back
}

TEST_CASE("a handler that destroys its own server ends it, and run() returns") {
  const Services services;
  const int threads = GENERATE(1, 3);
  AgainServer server("suicidal", threads);
  const auto again = connect_again("suicidal", patient());
  const auto result = again->try_destroy();
  if (!result) {  // an answer that comes at once is just in time
    CHECK(result.error().code() == Errc::maybe_executed);
    CHECK(result.error().execution() == Execution::maybe);
  }
  server.process.expect_line("destroyed");
  server.process.expect_line("drained");
  CHECK(server.process.wait() == 0);
  CHECK(again->try_add(1, 2).error().code() == Errc::not_executed);
  AgainServer next("suicidal");
}

TEST_CASE("a client that dies in the midst of a call back leaves its server an error, and nothing else") {
  HubPair pair;
  for (int i = 0; i < 3; ++i) {
    Process client(UPCALLS_CLIENT, {"hub", "slow"});
    client.expect_line("changed");
    client.kill();
    client.wait();
    CHECK(pair.server.read_line() == "error " + std::to_string(static_cast<int>(Errc::maybe_executed)));
  }
  CHECK(pair.hub->call_back(std::make_shared<Ear>(), 10) == 90);
}

TEST_CASE("a handler that calls back into a dead client is told so, and its server goes on") {
  HubPair pair;
  Process client(UPCALLS_CLIENT, {"hub", "keep"});
  client.expect_line("kept");
  client.kill();
  client.wait();
  const auto result = pair.hub->try_kept(1);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::service_error);  // the handler does not catch what its call threw
  CHECK_THAT(result.error().what(), has_text("before"));
  CHECK(pair.hub->call_back(std::make_shared<Ear>(), 10) == 90);
}

TEST_CASE("a server that dies in the midst of a call back ends the outer call when the call back has returned") {
  HubPair pair;
  int ran = 0;
  const auto ear = std::make_shared<Acting>([&](int) {
    pair.server.kill();
    pair.server.wait();
    ++ran;
    return 1;
  });
  const auto result = pair.hub->try_call_back(ear, 5);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::maybe_executed);
  CHECK(ran == 1);
}

TEST_CASE("a client may end in its own call back, and the call that waits for it goes on") {
  HubPair pair;
  std::weak_ptr<Hub::Client> watch = pair.hub;
  Hub::Client* const hub = pair.hub.get();
  SECTION("a call of numbers and an object") {
    const auto ear = std::make_shared<Acting>([&](int number) { return pair.hub.reset(), number + 1; });
    CHECK(hub->call_back(ear, 3) == 6);
  }
  SECTION("a call whose answer is large") {
    const auto ear = std::make_shared<Acting>([&](int number) { return pair.hub.reset(), number; });
    CHECK(hub->call_named(ear, 10'000) == std::string(10'000, '1'));
  }
  SECTION("a call that stands in a cell") {
    pair.hub->keep(std::make_shared<Acting>([&](int number) { return pair.hub.reset(), number + 1; }));
    CHECK(hub->kept(4) == 5);
  }
  CHECK(watch.expired());
  CHECK(pair.server.running());
}

TEST_CASE("a client that reconnects may end in its own call back, too") {
  HubPair pair("1", {.reconnect = {.policy = shmidl::Reconnect::on_next_call}});
  Hub::Client* const hub = pair.hub.get();
  pair.hub->keep(std::make_shared<Acting>([&](int number) { return pair.hub.reset(), number + 1; }));
  CHECK(hub->kept(4) == 5);
}

TEST_CASE("a client whose copies end on other threads lives until its last call has ended") {
  const Services services;
  AgainServer server("shared", 4);
  auto again = connect_again("shared", patient());
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(std::async(std::launch::async, [copy = again]() mutable {
      const int pid = copy->work(100);
      copy.reset();
      return pid;
    }));
  }
  auto waiting = again->async_work(100);
  again.reset();
  for (auto& call : calls) CHECK(call.get() == server.process.pid());
  CHECK(waiting.get() == server.process.pid());
}

TEST_CASE("a thousand oneway calls to a stopped server wait, and are bounded") {
  const Services services;
  ServerProcess server("stopped");
  const auto probe = connect_probe("stopped");
  REQUIRE(probe->add(1, 2) == 3);
  server.process.kill(SIGSTOP);
  int sent = 0;
  while (probe->try_count(1)) ++sent;
  CHECK(sent <= 64);
  for (int i = 0; i < 1000; ++i) CHECK(probe->try_count(1).error().code() == Errc::would_block);
  auto thousand = std::async(std::launch::async, [&] {
    for (int i = 0; i < 1000; ++i) probe->count(1);
    return probe->counted();  // after those of this thread, so after all
  });
  CHECK(thousand.wait_for(100ms) == std::future_status::timeout);
  server.process.kill(SIGCONT);
  CHECK(thousand.get() == sent + 1000);
}

TEST_CASE("a plain oneway to a stopped server has the client's deadline, and ends with the server") {
  const Services services;
  ServerProcess server("stopped");
  const auto timed = shmidl::connect<Probe>("stopped", {.timeout = 100ms, .connect_timeout = 20s});
  const auto patient_one = connect_probe("stopped");
  server.process.kill(SIGSTOP);
  while (timed->try_count(1)) {
  }
  try {
    timed->count(1);
    FAIL("there was room");
  } catch (const shmidl::Error& error) {
    CHECK(error.code() == Errc::timed_out);
    CHECK(error.execution() == Execution::no);
  }
  while (patient_one->try_count(1)) {
  }
  auto waits = std::async(std::launch::async, [&] { patient_one->count(1); });
  server.process.kill();
  CHECK_THROWS_AS(waits.get(), shmidl::Error);
}
