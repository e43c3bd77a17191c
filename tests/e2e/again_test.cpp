// A client that outlives its server: Reconnect::on_next_call, and calls that are made again.
#include "again.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <numeric>
#include <optional>
#include <stop_token>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;

namespace {

constexpr shmidl::Reconnect kOnNextCall{.policy = shmidl::Reconnect::on_next_call};

/// The line that a handler says, less "working ".
std::string working(shmidl::test::Process& process) {
  while (auto line = process.read_line()) {
    if (line->starts_with("working ")) return line->substr(8);
  }
  throw std::runtime_error("the server ended without work");
}

void kill(AgainServer& server) {
  server.process.kill();
  server.process.wait();
}

}  // namespace

TEST_CASE("after a restart the same client reaches the new server, by every form of call") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "phoenix");
  const auto again = connect_again("phoenix");
  for (int round = 0; round < 3; ++round) {
    CHECK(again->pid() == server->process.pid());
    CHECK(again->try_add(round, 1).value() == round + 1);
    CHECK(again->async_add(round, 2).get() == round + 2);
    kill(*server);
    server.emplace("phoenix");
    if (round == 0) CHECK(again->try_pid().value() == server->process.pid());
    if (round == 1) CHECK(again->async_pid().get() == server->process.pid());
    if (round == 2) CHECK(again->work(0) == server->process.pid());
  }
  CHECK(shmidl::link(*again).peer().pid == server->process.pid());
}

TEST_CASE("a call of content, with arrays and descriptors, reaches the new server too") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "contents");
  const auto again = connect_again("contents");
  std::vector<std::uint8_t> bytes(100'000, 3);
  const std::filesystem::path file = services.path() / "text";
  std::ofstream(file) << "from a file";
  const shmidl::Fd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string read;
  CHECK(again->sum(bytes, from, 0, read) == 300'000);
  kill(*server);
  server.emplace("contents");
  CHECK(again->sum(bytes, from, 0, read) == 300'000);
  CHECK(read == "from a file");
  auto array = again->allocate<std::uint8_t>(5000);
  std::fill(array.begin(), array.end(), std::uint8_t{1});
  kill(*server);
  server.emplace("contents");
  read.clear();
  CHECK(again->sum(array, from, 0, read) == 5000);  // an array of the old connection
  CHECK(read == "from a file");
}

TEST_CASE("an @Idempotent call that is under way is made again, with the same id") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "twice", 2);
  const auto again = connect_again("twice");
  auto call = std::async(std::launch::async, [&] { return again->work(60'000); });
  const std::string id = working(server->process);
  CHECK(id != "0");
  kill(*server);
  server.emplace("twice", 2);
  CHECK(working(server->process) == id);
  kill(*server);
  server.emplace("twice", 2);
  CHECK(working(server->process) == id);
  CHECK(again->async_id().get() != again->async_id().get());
  kill(*server);
  // Nobody serves any more; the client gives up when it is closed.
  shmidl::link(*again).close();
  try {
    const auto pid = call.get();
    CAPTURE(pid);
    FAIL("nobody was there to answer");
  } catch (const shmidl::Error& error) {
    CHECK(error.code() == Errc::cancelled);
    CHECK(error.execution() == Execution::maybe);
  }
}

TEST_CASE("the contents of a call come a second time as they came the first") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "whole");
  const auto again = connect_again("whole", {.timeout = 20s, .connect_timeout = 20s, .reconnect = kOnNextCall});
  const std::filesystem::path file = services.path() / "text";
  std::ofstream(file) << "sent twice";
  std::vector<std::uint8_t> bytes(70'000);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const auto expected = std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0});
  const bool later = GENERATE(false, true);
  auto call = std::async(std::launch::async, [&] {
    shmidl::Fd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!later) {
      std::string read;
      const auto sum = again->sum(bytes, from, 500, read);
      return std::pair(sum, read);
    }
    auto future = again->async_sum(bytes, from, 500);
    from.reset();
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{9});  // they are the caller's again
    const auto [sum, read] = future.get();
    return std::pair(sum, read);
  });
  static_cast<void>(working(server->process));
  kill(*server);
  server.emplace("whole");
  const auto [sum, read] = call.get();
  CHECK(sum == expected);
  CHECK(read == "sent twice");
}

TEST_CASE("a call that is not @Idempotent ends as it is when it may have run, and the next one goes on") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "once");
  const auto again = connect_again("once");
  auto call = std::async(std::launch::async, [&] { return again->try_work_once(60'000); });
  CHECK(working(server->process) == "0");
  kill(*server);
  const auto result = call.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::maybe_executed);
  CHECK(result.error().execution() == Execution::maybe);
  server.emplace("once");
  CHECK(again->try_work_once(0).value() == server->process.pid());
  CHECK(again->plain_id() == 0);
}

TEST_CASE("a call that had certainly not begun is made again whatever its method is") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "unbegun");
  const auto again = connect_again("unbegun");
  REQUIRE(again->add(1, 2) == 3);
  server->process.kill(SIGSTOP);
  auto later = again->async_add(3, 4);
  auto call = std::async(std::launch::async, [&] { return again->work_once(0); });
  kill(*server);
  server.emplace("unbegun");
  CHECK(call.get() == server->process.pid());
  CHECK(later.get() == 7);
}

TEST_CASE("without a server a call ends when its time is over, and says whether it ran") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "gone");
  const auto again = connect_again("gone", {.connect_timeout = 50ms, .reconnect = kOnNextCall});
  auto call = std::async(std::launch::async, [&] { return again->try_work(60'000); });
  static_cast<void>(working(server->process));
  kill(*server);
  const auto began = call.get();
  REQUIRE_FALSE(began);
  CHECK(began.error().code() == Errc::maybe_executed);
  CHECK(began.error().execution() == Execution::maybe);
  const auto unbegun = again->try_add(1, 2);
  REQUIRE_FALSE(unbegun);
  CHECK(unbegun.error().code() == Errc::not_executed);
  CHECK(unbegun.error().execution() == Execution::no);
  CHECK_THAT(unbegun.error().what(), shmidl::test::has_text("gone"));
  CHECK(again->try_count(1).error().code() == Errc::not_executed);
  const auto timed = again->try_work(1, {.timeout = 100ms});
  REQUIRE_FALSE(timed);
  CHECK(timed.error().code() == Errc::timed_out);
  CHECK(timed.error().execution() == Execution::no);
  std::stop_source source;
  auto stopped = std::async(std::launch::async, [&] { return again->try_work(1, {.timeout = 60s, .stop = source.get_token()}); });
  source.request_stop();
  CHECK(stopped.get().error().code() == Errc::cancelled);
}

TEST_CASE("a deadline that passes between two tries ends the call, with what may have run") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "late");
  const auto again = connect_again("late");
  auto call = std::async(std::launch::async, [&] { return again->try_work(60'000, {.timeout = 2s}); });
  static_cast<void>(working(server->process));
  kill(*server);
  const auto result = call.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::timed_out);
  CHECK(result.error().execution() == Execution::maybe);
}

TEST_CASE("another interface under the name is a schema_mismatch") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "taken");
  const auto again = connect_again("taken");
  REQUIRE(again->add(1, 2) == 3);
  kill(*server);
  server.emplace("taken", 1, "other");
  const auto result = again->try_add(1, 2);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::schema_mismatch);
  CHECK(result.error().execution() == Execution::no);
  kill(*server);
  server.emplace("taken");
  CHECK(again->add(1, 2) == 3);
}

TEST_CASE("a server of another user under the name is refused") {
  if (::geteuid() != 0) return;  // only root can become somebody else: elsewhere there is no such server
  const Services services;
  std::filesystem::permissions(services.path(), std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  std::optional<AgainServer> server(std::in_place, "mine");
  const auto again = connect_again("mine");
  REQUIRE(again->add(1, 2) == 3);
  kill(*server);
  std::filesystem::remove(services.path() / "mine.lock");
  std::filesystem::remove(services.path() / "mine.sock");
  server.emplace("mine", 1, "54321");
  const auto result = again->try_add(1, 2);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::permission_denied);
}

TEST_CASE("a call that kills every server ends after max_resends") {
  const Services services;
  auto options = outliving();
  options.reconnect.max_resends = 2;
  std::optional<AgainServer> server(std::in_place, "poisoned");
  const auto again = connect_again("poisoned", options);
  auto call = std::async(std::launch::async, [&] { return again->try_die(); });
  for (int i = 0; i < 3; ++i) {
    server->process.expect_line("dying");
    server->process.wait();
    server.emplace("poisoned");
  }
  const auto result = call.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::maybe_executed);
  CHECK(again->add(1, 2) == 3);
}

TEST_CASE("oneway calls go to the new server") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "notes");
  const auto again = connect_again("notes");
  again->count(1);
  CHECK(again->counted() == 1);
  kill(*server);
  server.emplace("notes");
  again->count(2);
  CHECK(again->counted() == 2);
  kill(*server);
  server.emplace("notes");
  again->count_all(std::vector<std::int32_t>{1, 2, 3});
  CHECK(again->try_count(4).has_value());
  CHECK(again->counted() == 10);
}

TEST_CASE("many threads come back to one connection") {
  const Services services;
  constexpr int kThreads = 8;
  std::optional<AgainServer> server(std::in_place, "crowd", 2);
  const auto again = connect_again("crowd");
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::string first_wrong;
  std::atomic<int> calls{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>(t) * 3000, 1);
      const shmidl::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      std::string read;
      while (!done) {
        // Only @Idempotent ones: they may be killed while they run.
        const auto result = t % 2 == 0 ? again->try_id().transform([](auto) { return 0; }) : again->try_sum(bytes, nothing, 0, read).transform([](auto) { return 0; });
        if (!result && ++wrong == 1) first_wrong = result.error().what();
        ++calls;
      }
    });
  }
  for (int round = 0; round < 5; ++round) {
    for (const int before = calls; calls < before + 50;) std::this_thread::yield();
    kill(*server);
    server.emplace("crowd", 2);
  }
  for (const int before = calls; calls < before + 50;) std::this_thread::yield();
  done = true;
  for (std::thread& thread : threads) thread.join();
  CAPTURE(first_wrong);
  CHECK(wrong == 0);
}

TEST_CASE("a client that is told never to reconnect does not") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "mortal");
  const auto again = shmidl::connect<Again>("mortal", {.connect_timeout = 20s});
  REQUIRE(again->add(1, 2) == 3);
  kill(*server);
  server.emplace("mortal");
  CHECK(again->try_add(1, 2).error().code() == Errc::not_executed);
  CHECK(again->try_id().error().code() == Errc::not_executed);
}

TEST_CASE("close() ends a client that reconnects for good") {
  const Services services;
  AgainServer server("closed");
  const auto again = connect_again("closed");
  REQUIRE(again->add(1, 2) == 3);
  shmidl::link(*again).close();
  CHECK(again->try_add(1, 2).error().code() == Errc::cancelled);
  CHECK(again->try_work(0).error().code() == Errc::cancelled);
  CHECK(again->try_count(0).error().code() == Errc::cancelled);
}

TEST_CASE("a oneway call that may not wait would block where the next server is there and silent") {
  const Services services;
  std::optional<AgainServer> server(std::in_place, "silent");
  const auto again = connect_again("silent");
  CHECK(again->add(1, 2) == 3);
  kill(*server);
  server.emplace("silent");
  ::kill(server->process.pid(), SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = again->try_count(1);
  const auto large = again->try_count_all(std::vector<std::int32_t>(100));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(sent.error().errc() == Errc::would_block);
  CHECK(sent.error().execution() == Execution::no);
  CHECK(large.error().errc() == Errc::would_block);
  CHECK(took < 4s);  // each took five seconds, as long as a plain call waits for a welcome
  ::kill(server->process.pid(), SIGCONT);
  CHECK(again->add(2, 3) == 5);
  CHECK(again->try_count(1).has_value());
}
