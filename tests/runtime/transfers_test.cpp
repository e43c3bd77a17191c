// What a small call costs in shared memory, counted on two real processes that both poll.
//
// A transfer is an access of one side to a cache line that the other side has written since this side last made use of the line. Writes are
// numbered, line by line, just before they are made; an access that finds a higher number than at this side's last use is a transfer, and uses
// the line. A look at a word that shows nothing new uses nothing: it is a wait, not a part of the call, and how many of them there are, and whether
// one falls between the writes of a cell, is chance. A write to one's own line is no transfer, though the processor may have to take the
// line back from a reader: what is counted is information, each time once.
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include <sys/mman.h>
#include <ucontext.h>

#include "instrumented_support.hpp"
#include "support/catch.hpp"

using namespace instrumented;
using shmidl::Wait;
using Access = shmidl::shm::HookedAccess;

namespace {

constexpr std::int32_t kNobody = 1000;  // an argument that names no call of the board
constexpr std::uint64_t kCounted = 1000;

// ── transfers ─────────────────────────────────────────────────────────────────────────────────────

Side this_side = kClient;
std::atomic<std::uintptr_t> own_segment{0};
std::atomic<std::uintptr_t> peer_segment{0};

void use_line(Side owner, std::size_t line, bool writes) {
  Board& all = board();
  static std::array<std::array<std::uint64_t, kLines>, 2> used;
  const bool counts = all.counting.load() != 0;
  if (counts) all.shared_accesses[this_side].fetch_add(1);
  const std::uint64_t version = all.versions[owner][line].load();
  if (owner != this_side && used[owner][line] != version && counts) all.transfers[this_side].fetch_add(1);
  used[owner][line] = version;
  if (writes) all.versions[owner][line].fetch_add(1);
}

void count(Access::Kind kind, const void* address, std::size_t bytes) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto within = [&](std::uintptr_t base) { return base != 0 && at >= base && at - base < shmidl::shm::kSegmentBytes; };
  const bool own = within(own_segment.load(std::memory_order_relaxed));
  if (!own && !within(peer_segment.load(std::memory_order_relaxed))) return;
  static std::unordered_map<std::uintptr_t, std::uint32_t> seen;  // by address: what the last look showed
  const auto now = [](std::uintptr_t word) { return reinterpret_cast<const shmidl::shm::Word*>(word)->load(); };
  if (kind == Access::Kind::load) {
    const std::uint32_t value = now(at);
    const auto [word, is_new] = seen.try_emplace(at, value);
    if (!is_new && word->second == value) return;
    word->second = value;
  } else if (kind == Access::Kind::read) {
    // The look that led here may have shown more than this hook saw just before it.
    for (auto& [word, value] : seen) {
      if (word / 64 == at / 64) value = now(word);
    }
  }
  const std::size_t offset = at - (own ? own_segment.load() : peer_segment.load());
  const Side owner = own == (this_side == kClient) ? kClient : kServer;
  const bool writes = kind == Access::Kind::write || kind == Access::Kind::store;
  for (std::size_t line = offset / 64; line <= (offset + bytes - 1) / 64; ++line) use_line(owner, line, writes);
}

/// From here on the accesses of this process are counted, which has the segments of one connection.
void count_from_here(Side side) {
  this_side = side;
  const Mapped segments = find_segments();
  own_segment.store(segments.own);
  peer_segment.store(segments.peer);
  Access::hook.store(&count);
}

/// The server learns where its segments are when it first touches them.
void find_on_first_access(Access::Kind, const void*, std::size_t) noexcept {
  if (find_segments().complete()) count_from_here(kServer);
}

// ── read-modify-writes ────────────────────────────────────────────────────────────────────────────

#if defined(__x86_64__)

/// The own segment without leave to write: each write traps, is looked at, and then made with the leave given for one instruction.
std::uintptr_t guarded = 0;
constexpr std::size_t kGuarded = shmidl::shm::kSegmentBytes;
constexpr greg_t kSingleStep = 0x100;  // the trap flag

bool reads_and_writes(const unsigned char* code) {
  bool locked = false;
  for (;; ++code) {
    const unsigned char byte = *code;
    const bool is_prefix = byte == 0xf0 || byte == 0xf2 || byte == 0xf3 || byte == 0x66 || byte == 0x67 || byte == 0x2e || byte == 0x36 ||
                           byte == 0x3e || byte == 0x26 || byte == 0x64 || byte == 0x65 || (byte & 0xf0) == 0x40;
    if (!is_prefix) return locked || byte == 0x86 || byte == 0x87;  // xchg locks by itself
    locked = locked || byte == 0xf0;
  }
}

void on_write(int, siginfo_t* info, void* context) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (at < guarded || at - guarded >= kGuarded) {
    ::signal(SIGSEGV, SIG_DFL);
    return;
  }
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  board().writes_trapped[this_side].fetch_add(1);
  if (reads_and_writes(reinterpret_cast<const unsigned char*>(registers[REG_RIP]))) board().read_modify_writes[this_side].fetch_add(1);
  ::mprotect(reinterpret_cast<void*>(guarded), kGuarded, PROT_READ | PROT_WRITE);
  registers[REG_EFL] |= kSingleStep;
}

void after_write(int, siginfo_t*, void* context) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~kSingleStep;
  ::mprotect(reinterpret_cast<void*>(guarded), kGuarded, PROT_READ);
}

void guard(Side side, std::uintptr_t segment) {
  this_side = side;
  guarded = segment;
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = &on_write;
  ::sigaction(SIGSEGV, &action, nullptr);
  action.sa_sigaction = &after_write;
  ::sigaction(SIGTRAP, &action, nullptr);
  if (segment == 0 || ::mprotect(reinterpret_cast<void*>(guarded), kGuarded, PROT_READ) != 0) std::abort();
}

void guard_on_first_access(Access::Kind, const void*, std::size_t) noexcept {
  if (const Mapped segments = find_segments(); segments.complete()) {
    Access::hook.store(nullptr);
    guard(kServer, segments.own);
  }
}

#endif

}  // namespace

TEST_CASE("a small call moves two cache lines, one each way, when both sides poll") {
  const Services services;
  reset_board();
  const auto server = start_server(Wait::poll, [] { Access::hook.store(&find_on_first_access); });
  Child client([] {
    const auto echo = connect(Wait::poll);
    count_from_here(kClient);
    for (std::int32_t i = 0; i < 100; ++i) echo->add(kNobody, i);
    board().counting.store(1);
    for (std::uint64_t i = 0; i < kCounted; ++i) echo->add(kNobody, 1);
    board().counting.store(0);
  });
  REQUIRE(client.wait() == 0);
  CHECK(board().transfers[kClient].load() == kCounted);
  CHECK(board().transfers[kServer].load() == kCounted);
  // The hook saw the calls: a cell written, published and one read on each side; and `started`.
  CHECK(board().shared_accesses[kClient].load() >= 3 * kCounted);
  CHECK(board().shared_accesses[kServer].load() >= 4 * kCounted);
}

#if defined(__x86_64__)

TEST_CASE("the detector of read-modify-writes sees one") {
  reset_board();
  Child child([] {
    void* memory = ::mmap(nullptr, kGuarded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    auto& word = *static_cast<shmidl::shm::Word*>(memory);
    guard(kClient, reinterpret_cast<std::uintptr_t>(memory));
    word.store(1, std::memory_order_release);
    word.fetch_add(1, std::memory_order_relaxed);
    word.exchange(7, std::memory_order_relaxed);
    word.store(3, std::memory_order_relaxed);
  });
  REQUIRE(child.wait() == 0);
  CHECK(board().writes_trapped[kClient].load() == 4);
  CHECK(board().read_modify_writes[kClient].load() == 2);
}

TEST_CASE("no call takes a read-modify-write on shared memory, however both sides wait") {
  const Wait wait = GENERATE(Wait::poll, Wait::adaptive, Wait::block);
  const Services services;
  reset_board();
  const auto server = start_server(wait, [] { Access::hook.store(&guard_on_first_access); });
  Child client([&] {
    const auto echo = connect(wait);
    guard(kClient, find_segments().own);
    const std::string text(2000, 'x');
    for (std::int32_t i = 0; i < 100; ++i) {
      echo->add(kNobody, i);
      echo->note(kNobody);
      if (echo->say(kNobody, text) != text) throw std::runtime_error("another text came back");
    }
  });
  REQUIRE(client.wait() == 0);
  for (const Side side : {kClient, kServer}) {
    INFO((side == kClient ? "client" : "server") << " that waits as " << static_cast<int>(wait));
    CHECK(board().writes_trapped[side].load() > 300);
    CHECK(board().read_modify_writes[side].load() == 0);
  }
}

#endif
