// What is left to one side when the other is killed.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <future>
#include <string>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// How long a death may stay unknown; the machine's own hiccups included, where it has few cores and much to do.
constexpr auto kSoon = 50ms;
constexpr int kTries = 5;

}  // namespace

TEST_CASE("a call whose server is killed while it runs ends soon with maybe_executed") {
  const auto wait = GENERATE(shmidl::Wait::poll, shmidl::Wait::adaptive, shmidl::Wait::block);
  Clock::duration fastest = Clock::duration::max();
  for (int i = 0; i < kTries && fastest > kSoon; ++i) {
    const Services services;
    ServerProcess server("dying");
    const auto probe = connect_probe("dying", wait);
    auto call = std::async(std::launch::async, [&] { return std::pair(probe->try_work(60'000), Clock::now()); });
    server.process.expect_line("working");
    const auto killed = Clock::now();
    server.process.kill();
    const auto [result, ended] = call.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == shmidl::Errc::maybe_executed);
    CHECK(result.error().execution() == shmidl::Execution::maybe);
    fastest = std::min(fastest, ended - killed);
  }
  CHECK(fastest <= kSoon);
}

TEST_CASE("a call that was never started when its server died ends with not_executed") {
  const Services services;
  ServerProcess server("stopped");
  const auto probe = connect_probe("stopped");
  REQUIRE(probe->add(1, 2) == 3);
  server.process.kill(SIGSTOP);
  auto call = probe->async_add(3, 4);
  server.process.kill();
  try {
    call.get();
    FAIL("a dead server answered");
  } catch (const shmidl::Error& error) {
    CHECK(error.code() == shmidl::Errc::not_executed);
    CHECK(error.execution() == shmidl::Execution::no);
  }
}

TEST_CASE("calls after the server's death end at once with not_executed") {
  const Services services;
  ServerProcess server("dead");
  const auto probe = connect_probe("dead");
  server.process.kill();
  server.process.wait();
  for (int i = 0; i < 3; ++i) {
    const auto result = probe->try_add(1, 2);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == shmidl::Errc::not_executed);
  }
}

TEST_CASE("a killed client costs the server nothing: it goes on and gives the memory back") {
  const Services services;
  ServerProcess server("surviving");
  const auto probe = connect_probe("surviving");
  REQUIRE(probe->add(1, 2) == 3);
  const std::size_t before = memory_files(server.process.pid()).size();
  for (int i = 0; i < 5; ++i) {
    Process client(PROBE_CLIENT, {"surviving", "adaptive", "0"});
    client.expect_line("calling");
    client.kill();
    client.wait();
    CHECK(probe->add(i, 1) == i + 1);
  }
  const auto deadline = Clock::now() + 10s;
  while (memory_files(server.process.pid()).size() > before && Clock::now() < deadline) {
    probe->add(1, 1);
  }
  CHECK(memory_files(server.process.pid()).size() <= before);
}
