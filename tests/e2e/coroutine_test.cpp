// Coroutines that await calls of another process.
#include "loop.hpp"
#include "pair.hpp"

#include <version>

#include "support/catch.hpp"

#if defined(__cpp_impl_coroutine)

#include "support/detached.hpp"

#include <coroutine>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

/// Ends with its owner.
struct Owned {
  struct promise_type {  // NOLINT: the language's name
    Owned get_return_object() { return Owned{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit Owned(std::coroutine_handle<promise_type> of) : handle(of) {}
  Owned(Owned&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  Owned& operator=(Owned&&) = delete;
  ~Owned() {
    if (handle) handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};

using Client = std::shared_ptr<Probe::Client>;

Detached add_up(Client probe, int count, int& sum, int& left) {
  for (int i = 0; i < count; ++i) sum = co_await probe->async_add(sum, 1);
  if (--left == 0) shmidl::link(*probe).stop();
}

Detached all_forms(Client probe, std::vector<std::string>& seen) {
  co_await probe->async_work(1);
  seen.push_back("worked");
  auto sum = probe->async_sum(std::vector<std::uint8_t>(20'000, 1));
  auto added = probe->async_add(1, 2);
  seen.push_back(std::to_string(co_await added) + " " + std::to_string(co_await std::move(sum)));
  // In statements of their own: g++ 12 takes no braced list in an expression that awaits.
  const Shape sent{.name = "a name that is too long for a short string", .labels = {"x", "y"}};
  const Shape shape = co_await probe->async_echo(sent);
  seen.push_back(shape.name + std::to_string(shape.labels.size()));
  try {
    co_await probe->async_refuse("not today");
  } catch (const shmidl::Error& error) {
    seen.push_back(error.what());
  }
  shmidl::Future<std::int32_t> empty;
  try {
    co_await empty;
  } catch (const shmidl::Error& error) {
    seen.push_back(std::string(to_string(error.errc())));
  }
  shmidl::link(*probe).stop();
}

Detached note_end(Client probe, shmidl::Errc& end, bool& ended) {
  try {
    co_await probe->async_work(60'000);
  } catch (const shmidl::Error& error) {
    end = error.errc();
  }
  ended = true;
}

Owned sleeps(Client probe, bool& went_on) {
  co_await probe->async_work(100);
  went_on = true;
}

}  // namespace

TEST_CASE("coroutines await call after call, many at a time, on the thread in run()") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "block", "poll");
  const ServerProcess server("many", wait);
  const auto probe = connect_probe("many", wait == "poll" ? shmidl::Wait::poll : wait == "block" ? shmidl::Wait::block : shmidl::Wait::adaptive);
  constexpr int kCoroutines = 100;  // more than a connection has lanes
  constexpr int kCalls = 20;
  std::vector<int> sums(kCoroutines, 0);
  int left = kCoroutines;
  for (int& sum : sums) add_up(probe, kCalls, sum, left);
  shmidl::link(*probe).run();
  CHECK(left == 0);
  CHECK(sums == std::vector<int>(kCoroutines, kCalls));
}

TEST_CASE("a coroutine gets results of every kind, and errors as exceptions") {
  const Services services;
  const ServerProcess server("forms");
  const auto probe = connect_probe("forms");
  std::vector<std::string> seen;
  all_forms(probe, seen);
  shmidl::link(*probe).run();
  REQUIRE(seen.size() == 5);
  CHECK(seen[0] == "worked");
  CHECK(seen[1] == "3 20000");
  CHECK(seen[2] == "a name that is too long for a short string2");
  CHECK(seen[3] == "not today");
  CHECK_FALSE(seen[4].empty());
}

TEST_CASE("a coroutine is resumed with the error when its server is killed, or its client closed") {
  const Services services;
  ServerProcess server("ends");
  const auto probe = connect_probe("ends");
  shmidl::Errc end{};
  bool ended = false;
  note_end(probe, end, ended);
  server.process.expect_line("working");
  CHECK_FALSE(ended);
  SECTION("killed") {
    server.process.kill();
    shmidl::link(*probe).run();
    CHECK(end == shmidl::Errc::maybe_executed);
  }
  SECTION("closed") {
    shmidl::link(*probe).close();
    CHECK_FALSE(ended);  // not in close() itself
    CHECK(shmidl::link(*probe).dispatch_ready() == 1);
    CHECK(end == shmidl::Errc::cancelled);
  }
  CHECK(ended);
}

TEST_CASE("a coroutine that is destroyed while it waits is not resumed") {
  const Services services;
  ServerProcess server("gone");
  const auto probe = connect_probe("gone");
  auto link = shmidl::link(*probe);
  bool went_on = false;
  {
    const Owned coroutine = sleeps(probe, went_on);
    server.process.expect_line("working");
    CHECK(link.dispatch_ready() == 0);
  }
  CHECK(probe->add(20, 22) == 42);  // its answer has come by now
  settle(link, link.poll_fd());
  CHECK_FALSE(went_on);
}

#else

TEST_CASE("this compiler has no coroutines for this library") { SUCCEED("nothing to test"); }

#endif
