// Both sides killed at random moments, again and again.
#include "pair.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <thread>

using namespace e2e;
using namespace shmidl::test;

namespace {

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.insert(entry.path().filename().string());
    }
  }
  return names;
}

}  // namespace

TEST_CASE("I4: 200 kills of both sides leave a socket, a lock and nothing else") {
  constexpr int kKills = 200;
  const Services services;
  const std::set<std::string> shared_before = names_in("/dev/shm");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> microseconds(0, 30'000);
  for (int i = 0; i < kKills; ++i) {
    Process server(PROBE_SERVER, {"victim", "adaptive", "1"});
    Process client(PROBE_CLIENT, {"victim", "adaptive", "0"});
    Process* first = &server;
    Process* second = &client;
    if (i % 2 == 1) std::swap(first, second);
    // The moment is what is tested; nothing is waited for.
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
    first->kill();
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random) / 10));
    second->kill();
    first->wait();
    second->wait();
    for (const std::string& name : names_in(services.path())) {
      CHECK((name == "victim.sock" || name == "victim.lock" || name == "victim.sock.new"));
    }
  }
  CHECK(names_in("/dev/shm") == shared_before);

  // The name still serves.
  const ServerProcess server("victim");
  CHECK(connect_probe("victim")->add(1, 2) == 3);
}
