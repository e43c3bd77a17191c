// Deadlines: how they travel, to whom, and what passes them.
#include "terms.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <vector>

using namespace e2e;
using namespace std::chrono_literals;

namespace {

/// What left() says where the caller waits `timeout`: no more than that, and on a slow machine any less.
bool fits(std::int64_t left, std::chrono::microseconds timeout) { return left >= 0 && left <= timeout.count() + timeout.count() / 10'000 + 1; }

}  // namespace

TEST_CASE("a handler sees how long its caller waits: by the call, the client, the method, or for ever") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "poll", "block");
  const TermsServer server("left", wait, GENERATE(1, 2));
  const auto plain = connect_terms("left");
  const std::vector<std::uint8_t> bytes(10'000, 1);
  CHECK(plain->left() == -1);
  CHECK(plain->left_with(bytes) == -1);
  CHECK(fits(plain->left_by_default(), 60s));
  CHECK(fits(plain->try_left({.timeout = 30s}).value(), 30s));
  CHECK(fits(plain->try_left_by_default({.timeout = 30s}).value(), 30s));
  CHECK(fits(plain->try_left_with(bytes, {.timeout = 30s}).value(), 30s));
  CHECK(fits(plain->async_left({.timeout = 30s}).get(), 30s));
  CHECK(fits(plain->async_left_with(bytes, {.timeout = 30s}).get(), 30s));
  CHECK(plain->left() == -1);
  const auto patient = connect_terms("left", {.timeout = 40s});
  CHECK(fits(patient->left(), 40s));
  CHECK(fits(patient->left_by_default(), 40s));
  CHECK(fits(patient->try_left({.timeout = 50s}).value(), 50s));
  CHECK(patient->try_left({.timeout = 50s}).value() > std::chrono::microseconds(40s).count());
  CHECK(fits(patient->try_left({.timeout = 24h * 365}).value(), 24h * 365));
  CHECK(patient->try_left({.timeout = std::chrono::nanoseconds::max()}).value() == -1);
}

TEST_CASE("a deadline travels with a call that follows oneway calls, which it does not overtake") {
  const Services services;
  const TermsServer server("after", "adaptive", GENERATE(1, 3));
  const auto client = connect_terms("after");
  // Past the number's bits that a request with a deadline has room for.
  int sent = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 20; ++i) client->note(++sent);
    REQUIRE(fits(client->try_left({.timeout = 30s}).value(), 30s));
    REQUIRE(client->try_noted({.timeout = 30s}).value() == sent);
  }
}

TEST_CASE("a call whose deadline has passed before it begins is not executed") {
  const Services services;
  TermsServer server("passed");
  const auto client = connect_terms("passed");
  const auto never = client->try_mark(1, {.timeout = -1s});
  REQUIRE(!never);
  CHECK(never.error().code() == shmidl::Errc::timed_out);
  // The only thread is busy: what is called now waits in its lane, one caller in a thread of its own, one that does something else.
  auto running = client->async_hold("busy");
  server.process.expect_line("holding busy");
  auto parked = client->async_mark(2, {.timeout = 20ms});
  const auto waited = client->try_mark(3, {.timeout = 20ms});
  REQUIRE(!waited);
  CHECK(waited.error().code() == shmidl::Errc::timed_out);
  CHECK(waited.error().execution() == shmidl::Execution::maybe);
  const auto late = parked.try_get();
  REQUIRE(!late);
  CHECK(late.error().code() == shmidl::Errc::timed_out);
  // The server reads what a connection tells it in its order: when the handler knows that it is cancelled, the others are known to be late.
  running.cancel();
  CHECK(server.says("stopped busy"));
  client->mark(4);
  CHECK(server.says("marked 4"));
}

TEST_CASE("a deadline ends the wait, whatever the handler does, and the handler learns of it") {
  const Services services;
  TermsServer server("ends", GENERATE("adaptive", "block"), 3);
  const auto client = connect_terms("ends");
  const auto ended = client->try_hold_deaf("deaf", {.timeout = 50ms});
  REQUIRE(!ended);
  CHECK(ended.error().code() == shmidl::Errc::timed_out);
  CHECK(ended.error().execution() == shmidl::Execution::maybe);
  CHECK(server.says("holding deaf"));
  // Told by the same socket: once the server knows of the second call, it knows of the first.
  auto second = client->async_hold("second");
  CHECK(server.says("holding second"));
  second.cancel();
  CHECK(server.says("stopped second"));
  client->release("deaf");
  CHECK(server.says("released deaf"));
  CHECK(server.says("knows"));
}

TEST_CASE("a handler's token is requested at the deadline, though nobody waits for the answer") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "poll", "block", "loop");
  TermsServer server("forgotten", wait, wait == "loop" ? 1 : GENERATE(1, 2));
  const auto client = connect_terms("forgotten");
  auto forgotten = client->async_hold("a", {.timeout = 50ms});
  CHECK(server.says("holding a"));
  CHECK(server.says("stopped a"));
  forgotten = {};
  CHECK(client->left() == -1);
}

TEST_CASE("what a handler calls has no more time than its caller leaves it") {
  const Services services;
  const TermsServer outer("outer");
  const TermsServer inner("inner");
  const auto client = connect_terms("outer");
  CHECK(client->left_of("inner") == -1);
  CHECK(fits(client->try_left_of("inner", {.timeout = 30s}).value(), 30s));
  CHECK(client->left_of("inner") == -1);
}
