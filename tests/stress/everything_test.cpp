// Deaths and stops with everything in flight: calls, oneway calls, streams, upcalls, blobs, descriptors.
#include "ledger.hpp"
#include "maps.hpp"
#include "services.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/soon.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

using namespace e2e;
using namespace shmidl::test;
using namespace std::chrono_literals;
using whole::Kind;

namespace {

/// 1,000 with SHMIDL_STRESS set, for the label `full`.
int rounds() { return std::getenv("SHMIDL_STRESS") == nullptr ? 30 : 1000; }

struct Stage {
  Services services;
  std::string ledger_path = (services.path() / "ledger").string();
  whole::Ledger& ledger = whole::ledger_in(ledger_path);
};

/// A process that said its first line.
struct Peer : Process {
  Peer(const Stage& stage, const std::string& role, int number, const std::string& line = {})
      : Process(WHOLE_PEER, {role, "whole", stage.ledger_path, std::to_string(number)}) {
    if (!line.empty()) expect_line(line);
  }
};

std::shared_ptr<whole::Whole::Client> meet(shmidl::Reconnect::Policy policy = shmidl::Reconnect::never) {
  return shmidl::connect<whole::Whole>("whole", {.connect_timeout = 10s, .reconnect = {.policy = policy}});
}

/// What a process holds that a dead peer might have left there.
struct Holds {
  explicit Holds(pid_t pid) : files(open_files(pid)), memory(memory_files(pid).size()), resident(resident_bytes(pid)) {}
  std::size_t files;
  std::size_t memory;
  std::size_t resident;
};

/// It holds no more than before; of memory, what its allocator keeps.
void check_holds(pid_t pid, const Holds& before) {
  CHECK(soon([&] { return open_files(pid) <= before.files; }));
  CHECK(soon([&] { return memory_files(pid).size() <= before.memory; }));
#ifndef SHMIDL_SANITIZED  // a sanitizer's allocator keeps what was freed
  CHECK(resident_bytes(pid) < before.resident + (std::size_t{24} << 20));
#endif
}

void check_ledger(const whole::Ledger& ledger) {
  bool any = false;
  const std::string text = ledger.describe(any);
  INFO(text);
  CHECK_FALSE(any);
}

void check_directory(const Stage& stage) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(stage.services.path())) names.insert(entry.path().filename().string());
  names.erase("ledger.errors");
  CHECK(names == std::set<std::string>{"ledger", "whole.lock", "whole.sock"});
}

bool is_death(const whole::Outcome& outcome) {
  return !outcome.answered && (outcome.errc == shmidl::Errc::not_executed || outcome.errc == shmidl::Errc::maybe_executed);
}

/// Stops a process, and waits until each of its threads stands.
void stop(const Process& process) {
  process.kill(SIGSTOP);
  REQUIRE(soon([&] {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process.pid()) + "/task")) {
      std::ifstream file(thread.path() / "stat");
      std::string text;
      std::getline(file, text);
      if (text.substr(text.rfind(')') + 1, 2) != " T") return false;
    }
    return true;
  }));
}

/// Calls of one kind until the server is dead; how they ended.
struct Caller {
  Caller(Stage& stage, std::shared_ptr<whole::Whole::Client> client, Kind kind)
      : of(kind), thread([&ledger = stage.ledger, client = std::move(client), kind, this] {
          for (std::size_t i = 0; !is_death(last); ++i) {
            last = noted_call(ledger, *client, kind, kind == Kind::array ? 20'000 + i % 7 * 10'000 : 300);
            if (!last.answered && last.errc != shmidl::Errc::would_block && !is_death(last)) break;
          }
        }) {}
  Kind of;
  whole::Outcome last;
  std::thread thread;
};

}  // namespace

TEST_CASE("clients whose server is killed with everything in flight know what happened, keep nothing, and find the next one") {
  Stage stage;
  std::mt19937 random(std::random_device{}());
  std::optional<Holds> before;
  std::shared_ptr<whole::Whole::Client> lasting;
  for (int round = 0; round < rounds(); ++round) {
    Peer server(stage, "server", 2, "ready");
    if (lasting == nullptr) lasting = meet(shmidl::Reconnect::on_next_call);
    REQUIRE(noted_call(stage.ledger, *lasting, Kind::small, 0).right);
    {
      const auto client = meet();
      std::vector<std::unique_ptr<Caller>> callers;
      for (const Kind kind : whole::kKinds) callers.push_back(std::make_unique<Caller>(stage, client, kind));
      // The moment is what is tested; nothing is waited for.
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
      server.kill();
      for (const auto& caller : callers) {
        caller->thread.join();
        INFO(name_of(caller->of) << ", round " << round << ": error " << static_cast<int>(caller->last.errc) << ", " << caller->last.text);
        CHECK(is_death(caller->last));
      }
    }
    server.wait();
    if (round == 4) before.emplace(::getpid());
  }
  check_ledger(stage.ledger);
  check_holds(::getpid(), *before);
  check_directory(stage);
}

TEST_CASE("a server whose clients are killed with everything in flight keeps nothing of theirs, and goes on") {
  Stage stage;
  std::mt19937 random(std::random_device{}());
  Peer server(stage, "server", 2, "ready");
  const auto other = meet();
  std::optional<Holds> before;
  for (int round = 0; round < rounds(); ++round) {
    if (round == 4) {
      before.emplace(server.pid());
    }
    Peer client(stage, "client", round, "calling");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    client.kill();
    client.wait();
    for (const Kind kind : whole::kKinds) REQUIRE(noted_call(stage.ledger, *other, kind, 300).right);
  }
  check_ledger(stage.ledger);
  check_holds(server.pid(), *before);
  check_directory(stage);
}

TEST_CASE("a stopped server is a time-out in every kind of call, not a death, and goes on when it is continued") {
  Stage stage;
  Peer server(stage, "server", 2, "ready");
  const auto client = meet();
  for (const Kind kind : whole::kKinds) REQUIRE(noted_call(stage.ledger, *client, kind, 300).right);
  stop(server);
  for (const Kind kind : whole::kKinds) {
    INFO(name_of(kind));
    const auto outcome = whole::call(*client, kind, 0, 300, {.timeout = 30ms});
    const bool is_oneway = kind == Kind::oneway || kind == Kind::long_oneway;
    CHECK(outcome.answered == is_oneway);
    if (!is_oneway) CHECK(outcome.errc == shmidl::Errc::timed_out);
  }
  server.kill(SIGCONT);
  for (const Kind kind : whole::kKinds) {
    INFO(name_of(kind));
    CHECK(noted_call(stage.ledger, *client, kind, 300).right);
  }
  check_ledger(stage.ledger);
}

TEST_CASE("a stopped client holds up no other, and its death is noticed while it is stopped") {
  Stage stage;
  Peer server(stage, "server", 6, "ready");  // each of the client's four threads may hold up a handler that calls it back
  const auto other = meet();
  const auto all_kinds = [&] {
    for (const Kind kind : whole::kKinds) {
      const auto outcome = noted_call(stage.ledger, *other, kind, 300);
      INFO(name_of(kind) << ", error " << static_cast<int>(outcome.errc));
      REQUIRE(outcome.right);
    }
  };
  all_kinds();
  const Holds before(server.pid());
  std::mt19937 random(std::random_device{}());
  for (int round = 0; round < std::max(5, rounds() / 10); ++round) {
    Peer client(stage, "client", round, "calling");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 10'000));
    stop(client);
    all_kinds();
    client.kill(SIGCONT);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3'000));
    stop(client);
    all_kinds();
    client.kill();
    client.wait();
  }
  check_ledger(stage.ledger);
  check_holds(server.pid(), before);
}

TEST_CASE("neither a zombie nor a forked child that keeps the socket hides a client's death") {
  Stage stage;
  Peer server(stage, "server", 1, "ready");
  REQUIRE(noted_call(stage.ledger, *meet(), Kind::small, 0).right);
  REQUIRE(soon([&] { return memory_files(server.pid()).empty(); }));
  const Holds before(server.pid());
  Peer client(stage, "split", 0);
  const auto child = static_cast<pid_t>(std::stol(client.read_line().value_or("0")));
  REQUIRE(child > 0);
  CHECK(memory_files(server.pid()).size() > before.memory);
  client.kill();  // a zombie until it is waited for
  CHECK(soon([&] { return memory_files(server.pid()).size() <= before.memory && open_files(server.pid()) <= before.files; }));
  CHECK(::kill(child, 0) == 0);
  CHECK(open_files(child) > 3);
  ::kill(child, SIGKILL);
  client.wait();
}

TEST_CASE("neither a zombie nor a forked child that keeps the socket hides a server's death") {
  Stage stage;
  Peer server(stage, "server", 1, "ready");
  const auto client = meet();
  std::int64_t child = 0;
  REQUIRE_NOTHROW(child = client->split(stage.ledger.open()));
  auto call = client->async_stay(stage.ledger.open(), 60'000);
  server.kill();  // a zombie until it is waited for
  const auto result = call.try_get();
  REQUIRE_FALSE(result);
  CHECK((result.error().errc() == shmidl::Errc::maybe_executed || result.error().errc() == shmidl::Errc::not_executed));
  CHECK(::kill(static_cast<pid_t>(child), 0) == 0);
  {
    Peer heir(stage, "server", 1, "ready");  // nor does the child hold the name
    CHECK(noted_call(stage.ledger, *meet(), Kind::small, 0).right);
  }
  ::kill(static_cast<pid_t>(child), SIGKILL);
  server.wait();
}
