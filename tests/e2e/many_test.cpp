// Many clients of one server, and many threads of one client.
#include "pair.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;

namespace {

using Clients = std::vector<std::shared_ptr<Probe::Client>>;

/// As many connections as a process may have, at most 1,000: each takes a socket and a pidfd. Before the server starts, which inherits the limit.
std::size_t most_connections() {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return std::min<std::size_t>(1000, (std::min<std::size_t>(limit.rlim_cur, 1'000'000) - 100) / 2);
}

Clients connect_many(const std::string& name, std::size_t count) {
  constexpr shmidl::Wait kWaits[] = {shmidl::Wait::adaptive, shmidl::Wait::block};
  Clients clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(connect_probe(name, kWaits[i % 2]));
  return clients;
}

std::size_t descriptors_of(pid_t pid) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) count += entry.path().empty() ? 0 : 1;
  return count;
}

/// The time that a process was on a core, in ticks of 10 ms.
long core_ticks(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return user + system;
}

/// Until the count is `expected`: connections end a moment after their client does.
bool comes_to(std::size_t expected, pid_t pid) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (descriptors_of(pid) != expected) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Adds at random clients from several threads; how many answers were wrong.
int wrong_answers(const Clients& clients, unsigned threads, int calls_each, unsigned seed) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (unsigned t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      std::mt19937 random(seed + t);
      for (int i = 0; i < calls_each; ++i) {
        const auto& client = clients[random() % clients.size()];
        const int a = static_cast<int>(random() % 1'000'000);
        const int b = static_cast<int>(t);
        if (const auto sum = client->try_add(a, b); !sum || *sum != a + b) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  return wrong;
}

}  // namespace

TEST_CASE("1,000 connections answer random calls while clients die, and leave no descriptor behind") {
  const Services services;
  const std::size_t count = most_connections();
  const std::string wait = GENERATE("adaptive", "block", "poll");
  const int threads = GENERATE(1, 3);
  const ServerProcess server("many", wait, threads);
  const unsigned seed = std::random_device{}();
  CAPTURE(seed, wait, threads, count);
  const int calls = wait == "poll" ? 20 : 500;  // a server that polls shares two cores with a dozen others here, and waits for its turn
  const auto first = connect_probe("many");  // what the first one costs once is there: threads, tables
  CHECK(first->add(1, 2) == 3);
  const std::size_t mine = descriptors_of(::getpid());
  const std::size_t servers = descriptors_of(server.process.pid());
  {
    Clients clients = connect_many("many", count);
    std::vector<std::unique_ptr<Process>> victims;
    for (const char* how : {"adaptive", "block", "poll", "adaptive"}) {
      victims.push_back(std::make_unique<Process>(PROBE_CLIENT, std::vector<std::string>{"many", how, "0"}));
      victims.back()->expect_line("calling");
    }
    CHECK(wrong_answers(clients, 4, calls, seed) == 0);
    victims.clear();  // killed in the midst of their calls
    CHECK(wrong_answers(clients, 4, calls, seed + 100) == 0);
    // Every third one leaves; the others are served on.
    for (std::size_t i = 0; i < clients.size(); i += 3) clients[i].reset();
    std::erase(clients, nullptr);
    CHECK(wrong_answers(clients, 4, calls, seed + 200) == 0);
    // Oneway calls of cold links are not forgotten either, and come before the calls that follow them.
    for (std::size_t i = 0; i < clients.size(); i += 50) {
      clients[i]->note(std::to_string(i));
      std::vector<std::string> lines;
      clients[i]->notes(lines);
      REQUIRE(!lines.empty());
      CHECK(std::find(lines.begin(), lines.end(), std::to_string(i)) != lines.end());
    }
  }
  CHECK(comes_to(mine, ::getpid()));
  CHECK(comes_to(servers, server.process.pid()));
  CHECK(first->add(2, 2) == 4);
}

TEST_CASE("a server of 1,000 idle clients takes no core") {
  const Services services;
  const std::size_t count = most_connections();
  const std::string wait = GENERATE("adaptive", "block");
  const int threads = GENERATE(1, 2);
  CAPTURE(wait, threads, count);
  const ServerProcess server("quiet", wait, threads);
  const Clients clients = connect_many("quiet", count);
  CHECK(clients.back()->add(1, 2) == 3);
  const long before = core_ticks(server.process.pid());
  std::this_thread::sleep_for(1s);  // the time that is measured
  CHECK(core_ticks(server.process.pid()) - before <= 2);
}

TEST_CASE("more threads than lanes call over one connection") {
  const Services services;
  const std::string wait = GENERATE("adaptive", "block", "poll");
  const int threads = GENERATE(1, 4);
  CAPTURE(wait, threads);
  const ServerProcess server("lanes", wait, threads);
  for (const auto mine : {shmidl::Wait::adaptive, shmidl::Wait::block}) {
    const Clients one{connect_probe("lanes", mine)};
    CHECK(wrong_answers(one, 100, 50, 7) == 0);
  }
}

TEST_CASE("a client that calls rarely among 1,000 is not forgotten when it went cold") {
  const Services services;
  const std::size_t count = most_connections();
  const ServerProcess server("rare", GENERATE("adaptive", "block", "poll"), 1);
  const Clients clients = connect_many("rare", count);
  // From the last to the first, one after the other: each is cold when its turn comes, and the server asleep or about to sleep.
  for (std::size_t i = clients.size(); i-- != 0;) REQUIRE(clients[i]->add(static_cast<int>(i), 1) == static_cast<int>(i) + 1);
}
