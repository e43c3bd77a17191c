// Lanes, ring, slots and the handshake of sleepers; invariants I2, I3 and I6. Run under a thread sanitizer too.
#include <limits>
#include <set>

#include "exchange.hpp"
#include "support/catch.hpp"

using namespace exchange;
using Access = shm::DirectAccess;
using shm::CellBody;
using shm::Look;

namespace {

/// Four numbers before the wrap.
constexpr std::uint32_t kBeforeWrap = std::numeric_limits<std::uint32_t>::max() - 3;

CellBody body_of(std::uint32_t number) {
  CellBody body;
  body.method_or_status = static_cast<std::uint16_t>(number);
  body.content_bytes = number;
  body.after_or_slot = ~number;
  body.content[shm::kInlineBytes - 1] = static_cast<std::byte>(number);
  return body;
}

bool same(const CellBody& a, const CellBody& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

// ── lanes ─────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a new lane is idle") {
  const Pair pair;
  CHECK(shm::look_for_request<Access>(*pair.caller, 0, {}) == Look::nothing);
  CHECK(shm::look_for_request<Access>(*pair.caller, shm::kLanes - 1, {}) == Look::nothing);
  CHECK(shm::reply_waits<Access>(*pair.callee, 0, {}));
}

TEST_CASE("a request and its reply arrive as they were published, in every lane, across the wrap of the numbers") {
  for (const std::uint32_t first : {std::uint32_t{0}, kBeforeWrap}) {
    const Pair pair;
    pair.begin_at(first);
    for (std::uint32_t lane = 0; lane < shm::kLanes; ++lane) {
      shm::CallerLane caller{first};
      shm::CalleeLane callee{first};
      for (std::uint32_t i = 0; i < 8; ++i) {
        CellBody got;
        CHECK(shm::send_request<Access>(*pair.caller, lane, caller, body_of(i)) == first + i + 1);
        CHECK_FALSE(shm::reply_waits<Access>(*pair.callee, lane, caller));
        REQUIRE(shm::look_for_request<Access>(*pair.caller, lane, callee) == Look::waits);
        shm::take<Access>(pair.caller->requests[lane], got);
        ++callee.sequence;
        CHECK(same(got, body_of(i)));
        CHECK(shm::look_for_request<Access>(*pair.caller, lane, callee) == Look::nothing);
        shm::send_reply<Access>(*pair.callee, lane, callee, body_of(100 + i));
        REQUIRE(shm::reply_waits<Access>(*pair.callee, lane, caller));
        shm::take<Access>(pair.callee->replies[lane], got);
        CHECK(same(got, body_of(100 + i)));
      }
    }
  }
}

TEST_CASE("a call was started when its own number was marked, not when an earlier one was") {
  for (const std::uint32_t first : {std::uint32_t{0}, kBeforeWrap}) {
    const Pair pair;
    pair.begin_at(first);
    shm::CallerLane caller{first};
    shm::CalleeLane callee{first};
    for (std::uint32_t i = 0; i < 8; ++i) {
      shm::send_request<Access>(*pair.caller, 3, caller, body_of(i));
      CHECK_FALSE(shm::was_started<Access>(*pair.callee, 3, caller));
      ++callee.sequence;
      CHECK_FALSE(shm::was_started<Access>(*pair.callee, 3, caller));
      shm::mark_started<Access>(*pair.callee, 3, callee);
      CHECK(shm::was_started<Access>(*pair.callee, 3, caller));
      CHECK_FALSE(shm::was_started<Access>(*pair.callee, 4, caller));
    }
  }
}

TEST_CASE("a number that is neither the last nor the next is nonsense") {
  for (const std::uint32_t last : {std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{0x7fff'ffff}, kBeforeWrap + 2, kBeforeWrap + 3}) {
    const Pair pair;
    const shm::CalleeLane end{last};
    for (const std::uint32_t ahead : {2u, 3u, 64u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'fffeu, 0xffff'ffffu}) {
      pair.caller->requests[5].sequence.store(last + ahead);
      CHECK(shm::look_for_request<Access>(*pair.caller, 5, end) == Look::nonsense);
    }
    pair.caller->requests[5].sequence.store(last + 1);
    CHECK(shm::look_for_request<Access>(*pair.caller, 5, end) == Look::waits);
    pair.caller->requests[5].sequence.store(last);
    CHECK(shm::look_for_request<Access>(*pair.caller, 5, end) == Look::nothing);
  }
}

TEST_CASE("a reply under any other number is no reply") {
  const Pair pair;
  const shm::CallerLane end{kBeforeWrap + 3};
  for (const std::uint32_t other : {kBeforeWrap + 2, std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{0x8000'0000}}) {
    pair.callee->replies[0].sequence.store(other);
    CHECK_FALSE(shm::reply_waits<Access>(*pair.callee, 0, end));
  }
}

// ── ring ──────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("the ring takes as many calls as it has cells, in order, and has room again as they are acknowledged") {
  for (const std::uint32_t first : {std::uint32_t{0}, kBeforeWrap, std::uint32_t{0} - 200}) {
    const Pair pair;
    pair.begin_at(first);
    shm::RingSender sender{first};
    shm::RingReceiver receiver{first};
    std::uint32_t next = 0;
    for (int round = 0; round < 5; ++round) {
      CHECK(shm::in_flight<Access>(*pair.callee, sender) == 0);
      CHECK_FALSE(shm::pop_waits<Access>(*pair.caller, receiver));
      for (std::uint32_t i = 0; i < shm::kRingCells; ++i) CHECK(shm::push<Access>(*pair.caller, sender, body_of(next + i)) == first + next + i + 1);
      CHECK(shm::in_flight<Access>(*pair.callee, sender) == shm::kRingCells);
      for (std::uint32_t i = 0; i < shm::kRingCells; ++i, ++next) {
        CellBody got;
        REQUIRE(shm::pop_waits<Access>(*pair.caller, receiver));
        shm::pop<Access>(*pair.caller, receiver, got);
        CHECK(same(got, body_of(next)));
        CHECK(shm::in_flight<Access>(*pair.callee, sender) == shm::kRingCells - i);
        shm::acknowledge<Access>(*pair.callee, receiver.last);
      }
    }
  }
}

TEST_CASE("an acknowledgement of calls that were never sent, or of calls long gone, counts more than the ring holds") {
  for (const std::uint32_t last : {std::uint32_t{0}, std::uint32_t{5}, kBeforeWrap, std::uint32_t{0x8000'0000}}) {
    const Pair pair;
    const shm::RingSender end{last};
    for (const std::uint32_t nonsense : {last + 1, last + 64, last + 0x8000'0000u, last - 65, last - 0x7fff'ffffu}) {
      pair.callee->control.taken.store(nonsense);
      CHECK(shm::in_flight<Access>(*pair.callee, end) > shm::kRingCells);
    }
    pair.callee->control.taken.store(last - 64);
    CHECK(shm::in_flight<Access>(*pair.callee, end) == shm::kRingCells);
  }
}

TEST_CASE("a cell whose number belongs to another round is not taken") {
  const Pair pair;
  const shm::RingReceiver end{10};
  for (const std::uint32_t other : {11 - shm::kRingCells, 11 + shm::kRingCells, 10u, 12u, 0u}) {
    pair.caller->ring[11].sequence.store(other);
    CHECK_FALSE(shm::pop_waits<Access>(*pair.caller, end));
  }
  pair.caller->ring[11].sequence.store(11);
  CHECK(shm::pop_waits<Access>(*pair.caller, end));
}

// ── slots ─────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a slot and its generation are one word and two again") {
  std::set<std::uint32_t> seen;
  for (std::uint32_t slot = 0; slot < shm::kSlots; ++slot) {
    for (const std::uint32_t generation : {0u, 1u, 0x7fffu, 0xffffu}) {
      const std::uint32_t packed = shm::pack_slot(slot, generation);
      CHECK(seen.insert(packed).second);
      CHECK(shm::slot_of(packed) == slot);
      CHECK(shm::generation_of(packed) == generation);
    }
  }
  CHECK(shm::generation_of(shm::pack_slot(1, 0x1'0000)) == 0);
}

TEST_CASE("a slot is released in its own generation only, across the wrap of the generations") {
  const Pair pair;
  std::uint32_t generation = 0xfffd;
  shm::release_slot<Access>(*pair.caller, shm::pack_slot(9, generation));
  for (int i = 0; i < 6; ++i) {
    CHECK(shm::slot_released<Access>(*pair.caller, 9, generation));
    generation = (generation + 1) & 0xffffu;
    CHECK_FALSE(shm::slot_released<Access>(*pair.caller, 9, generation));
    if (generation != 0) CHECK_FALSE(shm::slot_released<Access>(*pair.caller, 8, generation));  // 0: as if never used
    shm::release_slot<Access>(*pair.caller, shm::pack_slot(9, generation));
  }
}

// ── sleepers ──────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("who announced a sleep is seen; nonsense counts as awake") {
  const Pair pair;
  CHECK(shm::callee_waits<Access>(*pair.callee) == shm::kAwake);
  for (const auto how : {shm::kFutex, shm::kSocket, shm::kAwake}) {
    shm::announce_callee<Access>(*pair.callee, how);
    CHECK(shm::callee_waits<Access>(*pair.callee) == how);
  }
  for (const std::uint32_t nonsense : {3u, 0x8000'0000u, 0xffff'ffffu}) {
    pair.callee->control.waiting.store(nonsense);
    CHECK(shm::callee_waits<Access>(*pair.callee) == shm::kAwake);
  }
  CHECK_FALSE(shm::caller_waits<Access>(*pair.caller, 7));
  shm::announce_caller<Access>(*pair.caller, 7, true);
  CHECK(shm::caller_waits<Access>(*pair.caller, 7));
  CHECK_FALSE(shm::caller_waits<Access>(*pair.caller, 6));
  shm::announce_caller<Access>(*pair.caller, 7, false);
  CHECK_FALSE(shm::caller_waits<Access>(*pair.caller, 7));
  CHECK_FALSE(shm::room_wanted<Access>(*pair.caller));
}

TEST_CASE("tens of thousands of calls in one lane lose nothing, however both sides wait") {
  for (const Mode mode : {Mode::poll, Mode::adaptive, Mode::block}) {
    Pair pair;
    run_calls<Access>(pair, mode, 1, 20'000, kBeforeWrap);
    CHECK(pair.lost_wakes.load() == 0);
    CHECK(pair.wrong.load() == 0);
    if (mode == Mode::block) CHECK(pair.sleeps.load() > 0);
  }
}

TEST_CASE("calls in several lanes at a time lose nothing, however both sides wait") {
  for (const Mode mode : {Mode::poll, Mode::adaptive, Mode::block}) {
    Pair pair;
    run_calls<Access>(pair, mode, 3, 7'000, kBeforeWrap - 1000);
    CHECK(pair.lost_wakes.load() == 0);
    CHECK(pair.wrong.load() == 0);
  }
}

TEST_CASE("tens of thousands of oneway calls arrive once and in order, however both sides wait") {
  for (const Mode mode : {Mode::poll, Mode::adaptive, Mode::block}) {
    Pair pair;
    CHECK(run_oneways<Access>(pair, mode, 30'000, kBeforeWrap) == 0);
    CHECK(pair.lost_wakes.load() == 0);
    CHECK(pair.wrong.load() == 0);
  }
}

TEST_CASE("fences alone publish payload, which a thread sanitizer knows of") {
  for (int i = 0; i < 100; ++i) CHECK(run_fenced<Access>());
}
