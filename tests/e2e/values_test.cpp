// What is put into a call arrives in another process, and what the handler gives comes back.
#include "pair.hpp"
#include "support/catch.hpp"

#include <numeric>
#include <string>
#include <vector>

using namespace e2e;
using namespace std::chrono_literals;

TEST_CASE("a call returns in each way to wait") {
  const Services services;
  const auto wait = GENERATE(shmidl::Wait::poll, shmidl::Wait::adaptive, shmidl::Wait::block);
  const std::string word = wait == shmidl::Wait::poll ? "poll" : wait == shmidl::Wait::block ? "block" : "adaptive";
  const ServerProcess server("values", word);
  const auto probe = connect_probe("values", wait);
  for (std::int32_t i = 0; i < 1000; ++i) {
    REQUIRE(probe->add(i, -7) == i - 7);
  }
}

TEST_CASE("a server that sleeps answers a client that polls, and the other way round") {
  const Services services;
  {
    const ServerProcess server("sleeper", "block");
    CHECK(connect_probe("sleeper", shmidl::Wait::poll)->add(1, 2) == 3);
  }
  const ServerProcess server("poller", "poll");
  CHECK(connect_probe("poller", shmidl::Wait::block)->add(1, 2) == 3);
}

TEST_CASE("arrays of every size arrive whole") {
  const Services services;
  const ServerProcess server("arrays");
  const auto probe = connect_probe("arrays");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{47}, std::size_t{48}, std::size_t{49}, std::size_t{4096},
                                 std::size_t{4097}, std::size_t{65536}, std::size_t{1} << 20, (std::size_t{8} << 20) + 1}) {
    INFO(size);
    std::vector<std::uint8_t> bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    CHECK(probe->sum(bytes) == std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0}));
    std::vector<std::uint8_t> back(size, 0xff);
    CHECK(probe->ramp(back) == static_cast<std::int64_t>(size));
    CHECK((back == bytes));  // not spelt out: megabytes
  }
}

TEST_CASE("a struct of strings, enums, structs and arrays comes back equal") {
  const Services services;
  const ServerProcess server("structs");
  const auto probe = connect_probe("structs");
  const Shape empty;
  CHECK(probe->echo(empty) == empty);
  Shape shape;
  shape.name = "h\xc3\xa4user";
  shape.colour = Colour::GREEN;
  shape.centre = {.x = -1, .y = 0.5};
  shape.corners = std::vector<Point>{{1, 2.0}, {3, 4.0}, {5, 6.0}};
  shape.labels = {"", "one", std::string(5000, 'x')};
  CHECK(probe->echo(shape) == shape);
}

TEST_CASE("oneway calls have run, in order, before a later call starts") {
  const Services services;
  const ServerProcess server("oneway", "adaptive", GENERATE(1, 3));
  const auto probe = connect_probe("oneway");
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    expected.push_back("line " + std::to_string(i));
    probe->note(expected.back());
  }
  std::vector<std::string> lines;
  probe->notes(lines);
  CHECK(lines == expected);
}

TEST_CASE("what a handler throws arrives with its text, and the connection goes on") {
  const Services services;
  const ServerProcess server("throwing");
  const auto probe = connect_probe("throwing");
  const shmidl::Result<void> refused = probe->try_refuse("because");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == shmidl::Errc::service_error);
  CHECK(refused.error().execution() == shmidl::Execution::yes);
  CHECK_THAT(refused.error().what(), shmidl::test::has_text("because"));
  CHECK_THROWS_AS(probe->refuse("again"), shmidl::Error);
  CHECK(probe->add(1, 1) == 2);
}

TEST_CASE("async calls give their results") {
  const Services services;
  const ServerProcess server("async");
  const auto probe = connect_probe("async");
  auto sum = probe->async_add(2, 3);
  auto ramp = probe->async_ramp(5);
  CHECK(sum.get() == 5);
  const auto [count, bytes] = ramp.get();
  CHECK(count == 5);
  CHECK(std::vector<std::uint8_t>(bytes.begin(), bytes.end()) == std::vector<std::uint8_t>{0, 1, 2, 3, 4});
}

TEST_CASE("a call past its deadline is timed out, and the next one works") {
  const Services services;
  ServerProcess server("late", "adaptive", 2);
  const auto probe = connect_probe("late");
  const auto start = std::chrono::steady_clock::now();
  const shmidl::Result<void> late = probe->try_work(2000, {.timeout = 50ms});
  const auto took = std::chrono::steady_clock::now() - start;
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == shmidl::Errc::timed_out);
  CHECK(took >= 50ms);
  CHECK(took < 1500ms);
  CHECK(probe->add(1, 2) == 3);
}

TEST_CASE("many clients are served by one server") {
  const Services services;
  const ServerProcess server("many");
  std::vector<std::shared_ptr<Probe::Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect_probe("many"));
  }
  for (std::int32_t i = 0; i < 200; ++i) {
    REQUIRE(clients[static_cast<std::size_t>(i) % clients.size()]->add(i, 1) == i + 1);
  }
}
