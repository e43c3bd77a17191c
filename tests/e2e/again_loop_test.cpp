// A client that outlives its server, inside an event loop: what waits goes on to the next server.
#include "again.hpp"
#include "support/catch.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include <poll.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;

namespace {

void kill(AgainServer& server) {
  server.process.kill();
  server.process.wait();
}

/// Dispatches until `done`; throws after a time that no test takes.
template <class F>
void dispatch_until(shmidl::LinkHandle link, F&& done) {
  const int fd = link.poll_fd();
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("nothing came");
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, 1000) == 1) link.dispatch_ready();
  }
}

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Task await_work(std::shared_ptr<Again::Client> again, int* pid) {
  auto call = again->async_work(300);
  *pid = co_await call;
}

}  // namespace

TEST_CASE("a function that waits for an @Idempotent call is given the next server's answer, on the same descriptor") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "looped");
  const auto again = connect_again("looped");
  const int fd = shmidl::link(*again).poll_fd();
  std::optional<shmidl::Result<std::int32_t>> answer;
  std::optional<shmidl::Error> death;
  shmidl::link(*again).on_peer_death([&](const shmidl::Error& error) { death = error; });
  again->async_work(200).then([&](shmidl::Result<std::int32_t> result) { answer = std::move(result); });
  server->process.read_line();
  kill(*server);
  server.emplace("looped");
  dispatch_until(shmidl::link(*again), [&] { return answer.has_value() && death.has_value(); });
  CHECK(answer->value() == server->process.pid());
  CHECK(death->code() == Errc::peer_died);
  CHECK(shmidl::link(*again).poll_fd() == fd);
}

TEST_CASE("run() goes on while something waits for a server that is not back yet, and then returns") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "ran");
  const auto again = connect_again("ran");
  int pid = 0;
  await_work(again, &pid);
  server->process.read_line();
  std::thread loop([&] { shmidl::link(*again).run(); });
  kill(*server);
  server.emplace("ran");
  while (server->process.read_line().value_or("").rfind("working", 0) != 0) {
  }
  const int second = server->process.pid();
  // It runs there: without a word from this side run() would go on as long as the server lives.
  const auto called = again->async_work(0).get();
  CHECK(called == second);
  shmidl::link(*again).stop();
  loop.join();
  dispatch_until(shmidl::link(*again), [&] { return pid != 0; });
  CHECK(pid == second);
}

TEST_CASE("what may have run and must not run twice is told in the loop") {
  const Services services;
  AgainServer server("told");
  const auto again = connect_again("told");
  std::optional<shmidl::Result<std::int32_t>> answer;
  again->async_work_once(60'000).then([&](shmidl::Result<std::int32_t> result) { answer = std::move(result); });
  server.process.read_line();
  kill(server);
  dispatch_until(shmidl::link(*again), [&] { return answer.has_value(); });
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().code() == Errc::maybe_executed);
}

TEST_CASE("a loop that waits for a server does not turn without end, and its deadline counts") {
  const Services services;
  AgainServer server("away");
  const auto again = connect_again("away");
  std::optional<shmidl::Result<std::int32_t>> answer;
  again->async_work(60'000, {.timeout = 700ms}).then([&](shmidl::Result<std::int32_t> result) { answer = std::move(result); });
  server.process.read_line();
  kill(server);
  int turns = 0;
  dispatch_until(shmidl::link(*again), [&] { return ++turns, answer.has_value(); });
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().code() == Errc::timed_out);
  CHECK(answer->error().execution() == shmidl::Execution::maybe);
  CHECK(turns < 200);
}

TEST_CASE("a client that is dropped with something waiting, which is then destroyed, ends quietly") {
  const Services services;
  AgainServer server("dropped");
  const bool outlives = GENERATE(false, true);
  auto again = outlives ? connect_again("dropped") : shmidl::connect<Again>("dropped", {.connect_timeout = 20s});
  struct Held {
    struct promise_type {
      Held get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_always final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };
  const auto wait = [](shmidl::Future<std::int32_t> call) -> Held { co_await std::move(call); };
  const Held held = wait(again->async_work(60'000));
  again.reset();
  held.handle.destroy();  // the last owner of the connection
  CHECK(server.process.running());
}
