// A peer whose words change between any two accesses; invariants I3 and I7.
//
// One side is the victim: the words that it reads of the other's memory are numbered from the moment in which a call is armed, and the one of that
// number is read as something else: once, as a word that changes between two looks, or from then on. A look at a word that shows nothing new does
// not count. The other side is honest, so whatever goes wrong is the victim's. It may get a wrong answer or an error, never crash, hang or keep anything.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "runtime/instrumented_support.hpp"
#include "support/catch.hpp"
#include "whole.hpp"

using namespace instrumented;
using namespace std::chrono_literals;
using shmidl::Wait;
using whole::Kind;
using Access = shmidl::shm::HookedAccess;

namespace {

enum Lie : std::uint32_t { kZero, kOnes, kNext, kLast, kSign, kGeneration, kSmall, kLies };
constexpr const char* kLieNames[] = {"0", "all ones", "one more", "one less", "another sign", "another generation", "seven"};
constexpr std::uint32_t kFar = 5000;        // more words than any of these calls reads
constexpr std::uint32_t kRoundsPast = 3;    // how much is read depends on who sleeps: so many rounds in a row end before the word
constexpr auto kPatience = 50ms;            // what a call may take in which somebody lies
constexpr auto kLongPatience = 10s;         // and where nobody does

/// What the processes of a test tell each other.
struct Told {
  std::atomic<std::uint32_t> round;  ///< odd while its call is armed
  std::atomic<std::uint32_t> at;     ///< number of the word that is a lie
  std::atomic<std::uint32_t> lie;
  std::atomic<std::uint32_t> stays;
  std::atomic<std::uint32_t> words;  ///< read so far
  std::atomic<std::uint32_t> kind;
  std::atomic<std::uint32_t> rounds;
  std::atomic<std::uint32_t> lies;
  std::atomic<std::uint32_t> errors;
  std::atomic<std::uint32_t> wrong;
  std::atomic<std::uint32_t> files;  ///< of the victim: open at the end, less those at the beginning
};

Told& told() {
  static Told* const page = new (::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Told{};
  return *page;
}

/// Whether an address lies in memory that another process writes.
bool is_peers(const void* address) {
  static std::mutex mutex;
  static std::unordered_map<std::uintptr_t, bool> pages;
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(address) / 4096;
  const std::lock_guard lock(mutex);
  if (const auto known = pages.find(page); known != pages.end() && known->second) return true;
  bool found = false;
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return false;
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = {};
    if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, access) != 3 || page < begin / 4096 || page >= end / 4096) continue;
    found = std::strcmp(access, "r--s") == 0;
    break;
  }
  std::fclose(maps);
  pages[page] = found;
  return found;
}

std::uint32_t lie_about(std::uint32_t word) {
  switch (told().lie.load()) {
    case kZero: return 0;
    case kOnes: return ~0u;
    case kNext: return word + 1;
    case kLast: return word - 1;
    case kSign: return word ^ 0x8000'0000u;
    case kGeneration: return word ^ 0x0001'0001u;
    default: return 7;
  }
}

/// The victim's: numbers what it reads, word by word, and puts the lie in.
void change(Access::Kind kind, const void* address, void* value, std::size_t bytes) noexcept {
  const std::uint32_t round = told().round.load();
  if (round % 2 == 0 || !is_peers(address)) return;
  static std::mutex mutex;
  static std::uint32_t known_round = 0;
  static std::unordered_map<const void*, std::uint32_t> seen;
  static const std::byte* liar = nullptr;
  const std::lock_guard lock(mutex);
  if (known_round != round) {
    known_round = round;
    seen.clear();
    liar = nullptr;
  }
  constexpr std::size_t kWords = 24;  // of what is longer: the beginning, and the last word
  const std::size_t words = bytes / 4;
  for (std::size_t i = 0; i < words; ++i) {
    const auto* const word = static_cast<const std::byte*>(address) + 4 * i;
    auto* const read = static_cast<std::byte*>(value) + 4 * i;
    std::uint32_t now = 0;
    std::memcpy(&now, read, sizeof now);
    const bool is_known = [&] {
      if (kind != Access::Kind::load) return false;
      const auto [entry, is_new] = seen.try_emplace(word, now);
      return !is_new && std::exchange(entry->second, now) == now;
    }();
    bool lies = word == liar && told().stays.load() != 0;
    if (!is_known && told().words.fetch_add(1) + 1 == told().at.load()) {
      liar = word;
      lies = true;
      told().lies.fetch_add(1);
    }
    if (lies) {
      now = lie_about(now);
      std::memcpy(read, &now, sizeof now);
    }
    if (i + 1 == kWords && i + 2 < words) i = words - 2;
  }
}

std::size_t open_files(const std::string& process) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/" + process + "/fd")) ++count;
  return count;
}

std::shared_ptr<whole::Whole::Client> meet(Wait wait) {
  return shmidl::connect<whole::Whole>("whole", {.wait = wait, .timeout = kLongPatience, .connect_timeout = kLongPatience});
}

void serve(Wait wait, bool is_victim) {
  if (is_victim) Access::change.store(&change);
  whole::Service service;
  shmidl::Server server("whole", {.threads = 2, .wait = wait});
  server.serve(service);
  server.run();
}

void good_call(whole::Whole::Client& client) {
  const auto outcome = whole::call(client, Kind::small, 1, 0, {});
  if (!outcome.right) throw std::runtime_error("a call without a lie ended with error " + std::to_string(static_cast<int>(outcome.errc)));
}

/// One connection, on which one call is lied about.
void round_of(Kind kind, Wait wait) {
  const auto client = meet(wait);
  good_call(*client);
  told().words.store(0);
  told().round.fetch_add(1);
  const auto outcome = whole::call(*client, kind, 2, kind == Kind::array ? 30'000 : 300, {.timeout = kPatience});
  told().round.fetch_add(1);
  told().rounds.fetch_add(1);
  if (!outcome.answered) told().errors.fetch_add(1);
  else if (!outcome.right) told().wrong.fetch_add(1);
}

/// All words of a call of that kind, and all lies.
void all_rounds(Kind kind, Wait wait, bool deep) {
  told().kind.store(static_cast<std::uint32_t>(kind));
  for (std::uint32_t lie = 0; lie < kLies; ++lie) {
    for (const std::uint32_t stays : {0u, 1u}) {
      if (!deep && stays != (lie + static_cast<std::uint32_t>(kind)) % 2) continue;
      told().lie.store(lie);
      told().stays.store(stays);
      std::uint32_t rounds_past = 0;
      for (std::uint32_t at = 1; at < kFar && rounds_past < kRoundsPast; ++at) {
        told().at.store(at);
        round_of(kind, wait);
        rounds_past = told().words.load() < at ? rounds_past + 1 : 0;
      }
    }
  }
  good_call(*meet(wait));
}

/// The same after all is over that is over some time after a connection's end.
std::size_t settled_files(const std::string& process, std::size_t expected) {
  const auto deadline = std::chrono::steady_clock::now() + kLongPatience;
  std::size_t files = open_files(process);
  while (files > expected && std::chrono::steady_clock::now() < deadline) {
    ::usleep(10'000);
    files = open_files(process);
  }
  return files;
}

std::string last_round() {
  return std::string(name_of(static_cast<Kind>(told().kind.load()))) + ", word " + std::to_string(told().at.load()) + " reads as " + kLieNames[told().lie.load()] +
         (told().stays.load() != 0 ? " from then on" : " once");
}

void run(Side victim) {
  const bool deep = std::getenv("SHMIDL_ADVERSARY") != nullptr;
  const Wait wait = deep ? GENERATE(Wait::block, Wait::adaptive) : Wait::block;
  const Services services;
  new (&told()) Told{};
  Child server([&] { serve(wait, victim == kServer); });
  const std::string server_pid = std::to_string(server.pid());
  Child client([&] {
    good_call(*meet(wait));
    const std::string process = victim == kClient ? "self" : server_pid;
    const std::size_t files = open_files(process);
    if (victim == kClient) Access::change.store(&change);
    for (const Kind kind : whole::kKinds) all_rounds(kind, wait, deep);
    const std::size_t left = settled_files(process, files);
    told().files.store(static_cast<std::uint32_t>(left > files ? left - files : 0));
  });
  const int ended = client.wait(deep ? std::chrono::minutes(50) : std::chrono::minutes(4));
  INFO("the last round: " << last_round());
  REQUIRE(server.running());
  REQUIRE(ended == 0);
  INFO(told().rounds.load() << " rounds, " << told().lies.load() << " lies, " << told().errors.load() << " errors, " << told().wrong.load() << " wrong answers");
  CHECK(told().files.load() == 0);
  // What was read as something else came to something.
  CHECK(told().lies.load() > 500);
  CHECK(told().errors.load() > 100);
  CHECK(told().wrong.load() > (victim == kClient ? 20u : 0u));
}

}  // namespace

TEST_CASE("I3, I7: a client whose server's words change between any two accesses ends its call, and lives on") { run(kClient); }

TEST_CASE("I3, I7: a server whose client's words change between any two accesses serves the next one, and keeps nothing") { run(kServer); }
