// Finding a server, and being refused.
#include "pair.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

shmidl::Error connect_error(const std::string& name, std::chrono::nanoseconds patience = 0ns) {
  try {
    shmidl::connect<Probe>(name, {.connect_timeout = patience});
  } catch (const shmidl::Error& error) {
    return error;
  }
  throw std::runtime_error("connected to " + name);
}

}  // namespace

TEST_CASE("without a server connect answers not_found at once") {
  const Services services;
  const auto start = std::chrono::steady_clock::now();
  CHECK(connect_error("nobody").code() == shmidl::Errc::not_found);
  CHECK(std::chrono::steady_clock::now() - start < 1s);
}

TEST_CASE("with a connect_timeout it answers not_found when that has passed") {
  const Services services;
  const auto start = std::chrono::steady_clock::now();
  CHECK(connect_error("nobody", 150ms).code() == shmidl::Errc::not_found);
  CHECK(std::chrono::steady_clock::now() - start >= 150ms);
}

TEST_CASE("a client that came first gets its server") {
  const Services services;
  Process client(PROBE_CLIENT, {"later", "adaptive", "3"});
  const ServerProcess server("later");
  CHECK(client.read_line() == "3");
}

TEST_CASE("a second server of a name is refused and names the holder") {
  const Services services;
  const ServerProcess first("taken");
  const Finished second = run(PROBE_SERVER, {"taken", "adaptive", "1"});
  CHECK(second.code == 1);
  CHECK_THAT(second.err, has_text(std::to_string(first.process.pid())));
  CHECK(connect_probe("taken")->add(1, 2) == 3);
}

TEST_CASE("a name is free again when its server was killed") {
  const Services services;
  {
    ServerProcess first("again");
    first.process.kill();
    first.process.wait();
    CHECK(connect_error("again").code() == shmidl::Errc::not_found);
  }
  const ServerProcess second("again");
  CHECK(connect_probe("again")->add(1, 2) == 3);
}

TEST_CASE("a server that stops ends well and takes its socket along") {
  const Services services;
  ServerProcess server("stopping");
  connect_probe("stopping")->stop();
  CHECK(server.process.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(services.path() / "stopping.sock"));
}

TEST_CASE("names that are no names are bad addresses") {
  const Services services;
  const std::string name = GENERATE(std::string(), std::string(".hidden"), std::string("a b"), std::string(65, 'x'));
  INFO(name);
  CHECK(connect_error(name).code() == shmidl::Errc::bad_address);
  CHECK_THROWS_AS(shmidl::Server(name), shmidl::Error);
}

TEST_CASE("a client of another interface of that name: equal methods work, others say what differs") {
  const Services services;
  const ServerProcess server("probe");
  const Finished stranger = run(STRANGER_CLIENT, {"probe"});
  INFO(stranger.out << stranger.err);
  CHECK(stranger.code == 0);
  CHECK_THAT(stranger.out, has_text("sum: 6\n"));
  CHECK_THAT(stranger.out, has_text("add: "));
  CHECK_THAT(stranger.out, has_text("add(int32 a, int32 b)"));
  CHECK_THAT(stranger.out, has_text("add(int32 a, int32 b, int32 c)"));
  CHECK_THAT(stranger.out, has_text("subtract"));
}

TEST_CASE("who is not allowed, or cannot be judged, gets permission_denied, and the server goes on") {
  const Services services;
  struct Nothing final : Probe {
    std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
    std::int64_t sum(std::span<const std::uint8_t>) override { return 0; }
    std::int64_t ramp(std::span<std::uint8_t>) override { return 0; }
    Shape echo(const Shape::View& shape) override { return shape.copy(); }
    void work(std::int32_t) override {}
    void note(std::string_view) override {}
    void notes(std::vector<std::string>&) override {}
    void count(std::int32_t) override {}
    std::int64_t counted() override { return 0; }
    void refuse(std::string_view) override {}
    void stop() override {}
  } nothing;
  std::atomic<int> asked = 0;
  shmidl::Server server("choosy", {.allow = [&](const shmidl::Caller&) -> bool {
                          const int turn = asked++;
                          if (turn % 3 == 1) throw std::runtime_error("no idea");
                          return turn % 3 == 2;
                        }});
  server.serve(nothing);
  std::jthread serving([&] { server.run(); });
  for (int i = 0; i < 10; ++i) {
    CHECK(connect_error("choosy").code() == shmidl::Errc::permission_denied);
    CHECK(connect_error("choosy").code() == shmidl::Errc::permission_denied);
    CHECK(connect_probe("choosy")->add(1, 2) == 3);
  }
  server.stop();
}
