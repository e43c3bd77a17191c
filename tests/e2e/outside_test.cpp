// A running pair, looked at from outside.
#include "maps.hpp"
#include "pair.hpp"
#include "support/catch.hpp"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sched.h>
#include <unistd.h>

using namespace e2e;
using namespace shmidl::test;

namespace {

/// The number of system calls in the table of `strace -c`.
long total_calls(const std::string& table) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.ends_with("total")) continue;
    std::istringstream words(line);
    std::string share, seconds, each;
    long calls = 0;
    words >> share >> seconds >> each >> calls;
    return calls;
  }
  throw std::runtime_error("no total in:\n" + table);
}

/// The cores that this process may use.
std::vector<int> cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  std::vector<int> found;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<unsigned>(core), &allowed)) found.push_back(core);
  }
  return found;
}

}  // namespace

TEST_CASE("I1: a memory file that one process may write is read-only in the other") {
  const Services services;
  const ServerProcess server("pages");
  const auto probe = connect_probe("pages");
  std::vector<std::uint8_t> bytes(std::size_t{1} << 20);
  probe->sum(bytes);
  probe->ramp(bytes);
  probe->note("hello");
  probe->add(1, 2);

  const MemoryFiles mine = memory_files(::getpid());
  const MemoryFiles theirs = memory_files(server.process.pid());
  std::size_t shared = 0;
  std::size_t written_by_me = 0;
  for (const auto& [inode, permissions] : mine) {
    const auto other = theirs.find(inode);
    if (other == theirs.end()) continue;
    ++shared;
    const bool i_write = permissions == std::set<std::string>{"rw-s"};
    written_by_me += i_write ? 1 : 0;
    CHECK(permissions == std::set<std::string>{i_write ? "rw-s" : "r--s"});
    CHECK(other->second == std::set<std::string>{i_write ? "r--s" : "rw-s"});
  }
  CHECK(shared >= 2);
  CHECK(written_by_me >= 1);
  CHECK(written_by_me < shared);
}

namespace {

/// A server and a client that makes so many calls, each on a core and under strace; the system calls of both.
struct Traced {
  long server = 0;
  long client = 0;
  std::string tables;
};
Traced trace_calls(const Services& services, const std::string& wait, int count, int server_core, int client_core) {
  const auto traced = [&](const std::string& table, int core, const std::vector<std::string>& command) {
    std::vector<std::string> args{"-f", "-c", "-o", (services.path() / table).string(), "taskset", "-c", std::to_string(core)};
    args.insert(args.end(), command.begin(), command.end());
    return args;
  };
  Process server("strace", traced("server", server_core, {PROBE_SERVER, "quiet", wait, "1"}));
  server.expect_line("ready");
  const Finished client = run("strace", traced("client", client_core, {PROBE_CLIENT, "quiet", wait, std::to_string(count)}));
  INFO(client.err);
  REQUIRE(client.out == std::to_string(count) + "\n");
  connect_probe("quiet")->stop();
  REQUIRE(server.wait() == 0);
  const std::string of_server = read_file(services.path() / "server");
  const std::string of_client = read_file(services.path() / "client");
  return {total_calls(of_server), total_calls(of_client), of_server + of_client};
}

}  // namespace

TEST_CASE("100,000 polled calls make fewer than 1,000 system calls on both sides together") {
  const Services services;
  // Each has its core: two that share one have to give way to each other, which is a system call.
  const std::vector<int> where = cores();
  REQUIRE(where.size() >= 2);
  const Traced traced = trace_calls(services, "poll", 100'000, where[0], where[1]);
  INFO(traced.tables);
  CHECK(traced.server + traced.client < 1000);
}

TEST_CASE("a call between two that sleep on one core makes a wait and a wake on each side, whether they spin first or not") {
  const std::string wait = GENERATE("block", "adaptive");
  const Services services;
  constexpr int kCalls = 2000;
  const int core = cores().at(0);
  const Traced traced = trace_calls(services, wait, kCalls, core, core);
  INFO(wait << traced.tables);
  // Some hundred are those of starting a program.
  CHECK(traced.server < 2 * kCalls + 1000);
  CHECK(traced.client < 2 * kCalls + 1000);
}
