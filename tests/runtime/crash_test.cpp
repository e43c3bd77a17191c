// A whole call, ended at every single access to shared memory by the death of either side; invariants I4, I5 and I6.
//
// Accesses are numbered from the moment in which the client arms the number. A look at a word that shows nothing new does not count, or a side
// that waits would count without end. The process dies before the access is made; between two accesses nothing of it can be seen by the other side.
#include <csignal>
#include <string>
#include <unordered_map>
#include <vector>

#include <unistd.h>

#include "instrumented_support.hpp"
#include "support/catch.hpp"

using namespace instrumented;
using shmidl::Errc;
using shmidl::Wait;
using Access = shmidl::shm::HookedAccess;

namespace {

enum class Kind { small, string, array, oneway };

constexpr std::int32_t kWarm = 0, kFirst = 1, kSecond = 2, kNext = 3;
constexpr std::uint32_t kFar = 5000;  // more accesses than any of these calls makes
// Whether a side falls asleep changes how many accesses it makes: the end is reached when so many rounds in a row were over before the access.
constexpr std::uint32_t kRoundsPast = 12;

Side this_side = kClient;

void die_in_time(Access::Kind kind, const void* address, std::size_t) noexcept {
  const std::uint32_t last = board().die_at[this_side].load();
  if (last == 0) return;
  if (kind == Access::Kind::load) {
    thread_local std::unordered_map<const void*, std::uint32_t> seen;
    const std::uint32_t value = static_cast<const shmidl::shm::Word*>(address)->load();
    const auto [word, is_new] = seen.try_emplace(address, value);
    if (!is_new && word->second == value) return;
    word->second = value;
  }
  if (board().accesses[this_side].fetch_add(1) + 1 == last) {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }
}

void install(Side side) {
  this_side = side;
  Access::hook.store(&die_in_time);
}

template <class T, class Good>
void record(std::int32_t call, const shmidl::Result<T>& result, Good&& good) {
  std::int32_t outcome = kWrong;
  if (!result) outcome = static_cast<std::int32_t>(result.error().errc());
  else if (good()) outcome = kGood;
  board().outcome[static_cast<std::size_t>(call)].store(outcome);
}

void call_add(echo::Echo::Client& client, std::int32_t id) {
  const auto result = client.try_add(id, 100);
  record(id, result, [&] { return *result == id + 100; });
}

void call(echo::Echo::Client& client, Kind kind) {
  switch (kind) {
    case Kind::small:
      return call_add(client, kFirst);
    case Kind::string: {
      const std::string text = std::string(3000, 'a') + "z";
      const auto result = client.try_say(kFirst, text);
      return record(kFirst, result, [&] { return *result == std::string(text.rbegin(), text.rend()); });
    }
    case Kind::array: {
      std::vector<std::uint8_t> bytes(100'000, 7);
      bytes[0] = 1;
      const auto result = client.try_load(kFirst, bytes);
      return record(kFirst, result, [&] { return result->size() == bytes.size() && std::as_const(*result).back() == 1; });
    }
    case Kind::oneway: {
      const auto result = client.try_note(kFirst);
      return record(kFirst, result, [] { return true; });
    }
  }
}

/// The client whose calls are ended: the one under test, then another, so that the server has gone through all of the first.
void armed_client(Wait wait, Kind kind, Side dies, std::uint32_t access) {
  install(kClient);
  const auto client = connect(wait);
  call_add(*client, kWarm);
  board().die_at[dies].store(access);
  call(*client, kind);
  call_add(*client, kSecond);
  board().die_at[dies].store(0);
}

void next_client(Wait wait) { call_add(*connect(wait), kNext); }

std::int32_t outcome(std::int32_t call) { return board().outcome[static_cast<std::size_t>(call)].load(); }
std::uint32_t executed(std::int32_t call) { return board().executed[static_cast<std::size_t>(call)].load(); }

/// What the caller was told agrees with what the handler did.
bool truthful(std::int32_t call) {
  switch (outcome(call)) {
    case kGood: return executed(call) == 1;
    case static_cast<std::int32_t>(Errc::not_executed): return executed(call) == 0;
    case static_cast<std::int32_t>(Errc::maybe_executed): return executed(call) == 1;
    default: return false;
  }
}

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::small: return "small";
    case Kind::string: return "string";
    case Kind::array: return "array";
    case Kind::oneway: return "oneway";
  }
  return {};
}

}  // namespace

TEST_CASE("a server that dies at any access of a call leaves a caller who knows what happened, and a free name") {
  const Kind kind = GENERATE(Kind::small, Kind::string, Kind::array, Kind::oneway);
  const Wait wait = GENERATE(Wait::block, Wait::poll);
  const Services services;
  std::uint32_t not_executed = 0;
  std::uint32_t maybe_executed = 0;
  std::uint32_t access = 1;
  std::uint32_t rounds_past = 0;
  for (; access < kFar && rounds_past < kRoundsPast; ++access) {
    INFO(name_of(kind) << ", " << (wait == Wait::block ? "block" : "poll") << ", access " << access);
    reset_board();
    const auto server = start_server(wait, [] { install(kServer); });
    Child client([&] { armed_client(wait, kind, kServer, access); });
    REQUIRE(client.wait() == 0);
    REQUIRE(outcome(kWarm) == kGood);
    if (kind == Kind::oneway) {
      REQUIRE((outcome(kFirst) == kGood || outcome(kFirst) == static_cast<std::int32_t>(Errc::not_executed)));
      REQUIRE(executed(kFirst) <= (outcome(kFirst) == kGood ? 1u : 0u));
    } else {
      REQUIRE(truthful(kFirst));
      if (outcome(kFirst) != kGood) REQUIRE(outcome(kSecond) == static_cast<std::int32_t>(Errc::not_executed));
    }
    REQUIRE(truthful(kSecond));
    for (const auto call : {kFirst, kSecond}) {
      not_executed += outcome(call) == static_cast<std::int32_t>(Errc::not_executed) ? 1 : 0;
      maybe_executed += outcome(call) == static_cast<std::int32_t>(Errc::maybe_executed) ? 1 : 0;
    }
    if (board().accesses[kServer].load() < access) {
      ++rounds_past;
      continue;
    }
    rounds_past = 0;
    REQUIRE(server->wait() == 128 + SIGKILL);
    REQUIRE(services.files() == "echo.lock echo.sock");
    const auto heir = start_server(wait);
    Child next([&] { next_client(wait); });
    REQUIRE(next.wait() == 0);
    REQUIRE(outcome(kNext) == kGood);
  }
  CHECK(access > 8 + kRoundsPast);
  CHECK(access < kFar);
  // How many of each depends on which looks show something new; death_test has a case of its own for each.
  CHECK(not_executed + maybe_executed > 0);
}

TEST_CASE("a client that dies at any access of a call leaves a server that serves the next one") {
  const Kind kind = GENERATE(Kind::small, Kind::string, Kind::array, Kind::oneway);
  const Wait wait = GENERATE(Wait::block, Wait::poll);
  const Services services;
  reset_board();
  const auto server = start_server(wait, [] { install(kServer); });
  std::uint32_t access = 1;
  std::uint32_t rounds_past = 0;
  for (; access < kFar && rounds_past < kRoundsPast; ++access) {
    INFO(name_of(kind) << ", " << (wait == Wait::block ? "block" : "poll") << ", access " << access);
    reset_board();
    Child client([&] { armed_client(wait, kind, kClient, access); });
    const int ended = client.wait();
    REQUIRE((ended == 0 || ended == 128 + SIGKILL));
    REQUIRE(server->running());
    REQUIRE(outcome(kWarm) == kGood);
    REQUIRE(executed(kFirst) <= 1);
    REQUIRE(executed(kSecond) <= 1);
    rounds_past = ended == 0 ? rounds_past + 1 : 0;
    Child next([&] { next_client(wait); });
    REQUIRE(next.wait() == 0);
    REQUIRE(outcome(kNext) == kGood);
    REQUIRE(executed(kNext) == 1);
  }
  CHECK(access > 5 + kRoundsPast);
  CHECK(access < kFar);
  CHECK(services.files() == "echo.lock echo.sock");
}
