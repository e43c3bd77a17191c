// Calls that are given up: by a stop token, a Future, a death, a closed connection.
#include "terms.hpp"
#include "support/catch.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;
using shmidl::Wait;

TEST_CASE("a stop that another thread requests ends the wait at once, and the handler learns of it") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "poll", "block", "loop");
  TermsServer server("stop", wait, wait == "loop" ? 1 : GENERATE(1, 2));
  const auto client = connect_terms("stop", {.wait = wait == "loop" ? Wait::adaptive : wait_from(wait)});
  std::stop_source source;
  std::optional<shmidl::Result<bool>> result;
  std::thread caller([&] { result = client->try_hold("a", {.stop = source.get_token()}); });
  CHECK(server.says("holding a"));
  source.request_stop();
  caller.join();
  REQUIRE(!*result);
  CHECK(result->error().code() == Errc::cancelled);
  CHECK(result->error().execution() == Execution::maybe);
  CHECK(server.says("stopped a"));
  // A stop that was requested before: nothing is sent.
  const auto none = client->try_left({.stop = source.get_token()});
  CHECK(none.error().code() == Errc::cancelled);
  CHECK(none.error().execution() == Execution::no);
  CHECK(client->async_left({.stop = source.get_token()}).try_get().error().execution() == Execution::no);
  CHECK(client->async_hold("b", {.stop = source.get_token()}).try_get().error().execution() == Execution::no);
  // One that is not requested changes nothing.
  std::stop_source idle;
  CHECK(client->try_left({.timeout = 30s, .stop = idle.get_token()}).value() > 0);
  CHECK(client->left() == -1);
}

TEST_CASE("a Future's call is cancelled by its token while it is waited for, or by cancel()") {
  const Services services;
  TermsServer server("future", GENERATE("adaptive", "block"), 2);
  const auto client = connect_terms("future");
  std::stop_source source;
  auto stopped = client->async_hold("a", {.stop = source.get_token()});
  CHECK(server.says("holding a"));
  source.request_stop();
  CHECK(stopped.try_get().error().code() == Errc::cancelled);
  CHECK(server.says("stopped a"));
  auto cancelled = client->async_hold("b");
  CHECK(server.says("holding b"));
  cancelled.cancel();
  CHECK(server.says("stopped b"));
  CHECK(cancelled.wait_for(0ns));
  const auto result = cancelled.try_get();
  CHECK(result.error().code() == Errc::cancelled);
  CHECK(result.error().execution() == Execution::maybe);
  // An answer that is there stays.
  auto answered = client->async_left();
  while (!answered.wait_for(1s)) {
  }
  answered.cancel();
  CHECK(answered.get() == -1);
}

TEST_CASE("a call that was cancelled before it was taken is not executed") {
  const Services services;
  TermsServer server("queued");
  const auto client = connect_terms("queued");
  auto running = client->async_hold("busy");
  server.process.expect_line("holding busy");
  // The only thread holds. What is cancelled now is known before the end of the hold, which is told by the same socket.
  auto small = client->async_mark(1);
  auto large = client->async_left_with(std::vector<std::uint8_t>(10'000));
  auto stays = client->async_mark(2);
  small.cancel();
  large.cancel();
  running.cancel();
  CHECK(server.says("stopped busy"));
  stays.get();
  CHECK(server.says("marked 2"));
}

TEST_CASE("the memory of a cancelled call is not used again before the server is done with it") {
  const Services services;
  TermsServer server("memory", "adaptive", 2);
  const auto client = connect_terms("memory");
  // The handler reads them where the client wrote them.
  auto held = client->async_hold_bytes(std::vector<std::uint8_t>(100'000, 1), "bytes");
  CHECK(server.says("holding bytes"));
  held.cancel();
  held = {};
  for (int i = 0; i < 100; ++i) {
    const std::vector<std::uint8_t> other(100'000, 2);
    REQUIRE(client->left_with(other) == -1);
  }
  client->release("bytes");
  CHECK(server.says("released bytes"));
  CHECK(server.says("sum 100000"));
}

TEST_CASE("lanes and memory of cancelled calls come back when the server has answered") {
  const Services services;
  TermsServer server("back", "adaptive", 2);
  const auto client = connect_terms("back", {.max_own_bytes = std::size_t{4} << 20});
  for (int i = 0; i < 200; ++i) {
    const std::string name = std::to_string(i) + std::string(1'000, '-');
    auto next = client->async_hold(name);
    REQUIRE(server.says("holding " + name));
    next.cancel();
    REQUIRE(server.says("stopped " + name));
  }
  CHECK(client->left() == -1);
}

TEST_CASE("a token that is asked for after the call was given up is requested already") {
  const Services services;
  TermsServer server("late", "adaptive", 2);
  const auto client = connect_terms("late");
  auto deaf = client->async_hold_deaf("deaf");
  CHECK(server.says("holding deaf"));
  auto told = client->async_hold("told");
  CHECK(server.says("holding told"));
  deaf.cancel();
  told.cancel();  // by the same socket: once this one is known, that one is
  CHECK(server.says("stopped told"));
  client->release("deaf");
  CHECK(server.says("released deaf"));
  CHECK(server.says("knows"));
}

TEST_CASE("a handler's token is requested when its caller closes the connection or dies") {
  const Services services;
  TermsServer server("gone", GENERATE("adaptive", "block"), 2);
  {
    const auto client = connect_terms("gone");
    auto running = client->async_hold("closed");
    CHECK(server.says("holding closed"));
    shmidl::link(*client).close();
    CHECK(running.try_get().error().code() == Errc::cancelled);
    CHECK(server.says("stopped closed"));
  }
  {
    TermsServer victim("victim");
    const auto client = connect_terms("victim");
    auto running = client->async_hold_at("gone", "died");
    CHECK(server.says("holding died"));
    victim.process.kill();
    CHECK(running.try_get().error().code() == Errc::maybe_executed);
    CHECK(server.says("stopped died"));
  }
}

TEST_CASE("what a handler calls is cancelled with it") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "poll", "block");
  TermsServer outer("outer", wait);
  TermsServer inner("inner", wait);
  const auto client = connect_terms("outer");
  auto call = client->async_hold_at("inner", "deep");
  CHECK(inner.says("holding deep"));
  call.cancel();
  CHECK(outer.says("nested cancelled"));
  CHECK(inner.says("stopped deep"));
  // And its deadline is theirs, too.
  // All three deadlines pass at a time: who is the first to see it, and so how the outer calls end, is a matter of moments.
  static_cast<void>(client->try_hold_at("inner", "timed", {.timeout = 50ms}));
  CHECK(inner.says("holding timed"));
  CHECK(inner.says("stopped timed"));
}
