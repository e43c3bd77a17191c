// A server's threads: objects that take turns, handlers that keep the lead, a pool that is full, the order of oneway calls.
#include "terms.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace e2e;
using namespace std::chrono_literals;
using shmidl::Errc;
using shmidl::Execution;

namespace {

std::size_t threads_of(const shmidl::test::Process& process) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process.pid()) + "/task")) count += entry.path().empty() ? 0 : 1;
  return count;
}

}  // namespace

TEST_CASE("an object that is @Serial runs one call at a time, whoever calls, while others go on") {
  const Services services;
  TermsServer server("serial", GENERATE("adaptive", "block"), 3);
  const auto terms = connect_terms("serial");
  const auto turns = connect_terms<Turns>("serial");
  auto first = turns->async_hold("first");
  CHECK(server.says("holding first"));
  // More than there are threads: if one of these kept a thread, nobody would answer below.
  std::vector<shmidl::Future<std::int32_t>> waiting;
  std::vector<std::shared_ptr<Turns::Client>> others;
  for (int i = 0; i < 12; ++i) {
    others.push_back(connect_terms<Turns>("serial"));
    waiting.push_back(others.back()->async_turn(i));
  }
  for (int i = 0; i < 100; ++i) CHECK(terms->left() == -1);
  for (auto& call : waiting) CHECK_FALSE(call.wait_for(0ns));
  // Their links go cold where there are many; a call that waits is not forgotten.
  terms->release("first");
  CHECK(server.says("released first"));
  CHECK_FALSE(first.get());
  for (int i = 0; i < 12; ++i) CHECK(waiting[static_cast<std::size_t>(i)].get() == i);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) wrong += others[static_cast<std::size_t>(t)]->turn(i) != i;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(terms->most_turns() == 1);
}

TEST_CASE("a handler that is @Inline keeps the lead, and is reported when it is slow") {
  const Services services;
  TermsServer server("inline", GENERATE("adaptive", "block"), 3);
  const auto client = connect_terms("inline");
  const auto other = connect_terms("inline");
  CHECK(other->left() == -1);
  // Another handler of the pool does not: the next call is begun while it runs.
  auto pooled = client->async_hold("pooled");
  CHECK(server.says("holding pooled"));
  other->mark(1);
  CHECK(server.says("marked 1"));
  auto leader = client->async_hold_inline("inline");
  CHECK(server.says("holding inline"));
  auto behind = other->async_mark(2);
  CHECK(server.says("slow e2e.Terms.hold_inline"));
  leader.cancel();
  CHECK(server.says("stopped inline"));  // before the next call begins
  CHECK(server.says("marked 2"));
  behind.get();
  pooled.cancel();
  CHECK(server.says("stopped pooled"));
}

TEST_CASE("a full pool pushes back, and does not grow") {
  const Services services;
  TermsServer server("full", "adaptive", 2);
  const auto client = connect_terms("full");
  CHECK(client->left() == -1);
  const std::size_t threads = threads_of(server.process);
  auto one = client->async_hold("one");
  CHECK(server.says("holding one"));
  auto two = client->async_hold("two");
  CHECK(server.says("holding two"));
  std::vector<shmidl::Future<std::int64_t>> calls;
  constexpr int kCalls = 48;  // of a connection
  for (int i = 2; i < kCalls; ++i) calls.push_back(client->async_left());
  const auto refused = client->try_left({.timeout = 50ms});
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::timed_out);
  CHECK(refused.error().execution() == Execution::no);
  int sent = 0;
  while (client->try_note(sent + 1)) ++sent;
  CHECK(sent == 64);
  CHECK(client->try_note(sent + 1).error().code() == Errc::would_block);
  CHECK(threads_of(server.process) == threads);
  one.cancel();
  CHECK(server.says("stopped one"));
  for (auto& call : calls) CHECK(call.get() == -1);
  client->note(sent + 1);
  CHECK(client->noted() == sent + 1);
  two.cancel();
  CHECK(server.says("stopped two"));
  CHECK(threads_of(server.process) == threads);
}

TEST_CASE("a client's oneway calls run in order in a pool, and before its thread's next call") {
  const Services services;
  TermsServer server("order", GENERATE("adaptive", "block", "poll"), 3);
  const auto client = connect_terms("order");
  int sent = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 30; ++i) client->note(++sent);
    REQUIRE(client->noted() == sent);
  }
}

TEST_CASE("oneway calls that were published before their sender exits or dies are taken") {
  const Services services;
  const std::string how = GENERATE("exit", "die");
  const int threads = GENERATE(1, 2);
  TermsServer server("left", "adaptive", threads);
  const auto client = connect_terms("left");
  {
    // Nobody is free to take them while they are sent.
    std::vector<shmidl::Future<bool>> busy;
    for (const std::string name : {"one", "two"}) {
      busy.push_back(client->async_hold(name));
      if (name == "one" || threads == 2) CHECK(server.says("holding " + name));
    }
    shmidl::test::Process sender(TERMS_SENDER, {"left", how, "60"});
    sender.expect_line("sent");
    CHECK(sender.wait() == (how == "exit" ? 0 : 128 + SIGKILL));
    for (auto& call : busy) call.cancel();
  }
  std::int64_t noted = 0;
  const auto until = std::chrono::steady_clock::now() + 20s;
  while ((noted = client->noted()) != 60 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(noted == 60);
}
