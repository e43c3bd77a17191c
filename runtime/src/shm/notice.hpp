// A notice: the callee of a call has a call for the thread that waits for its reply.
//
// The call stands in a chain lane of the callee's own segment; the notice is a number in the sequence word of the reply's cell that no reply has now,
// so the waiting thread finds it where it looks, and its futex is the same. Nothing but that word is written: the cell's body is the reply's.
//
//   replies[lane].sequence == s - 1                       the reply to request s has not come
//   s - 1, with bit 31 turned, and bits 26 to 30 what     a request stands in chain lane kCallLanes + (bits 26 to 29); bit 30 differs from one notice
//   the two differ in                                     of a call to the next
//   s - 1, with bits 31 and 25 turned                    until the reply comes, the thread is to take the ring's calls and make streams' items: its caller waits for them
//   s                                                     the reply
//
// A waiting thread that gives up says so in lane_waiting, then looks once more; who gave notice looks at it afterwards. One of the two sees the other.
#pragma once

#include "shm/access.hpp"
#include "shm/layout.hpp"
#include "shm/lane.hpp"

namespace shmidl::shm {

static_assert(kLanes - kCallLanes == 16, "four bits name a chain lane");
inline constexpr std::uint32_t kNoticeBit = std::uint32_t{1} << 31;
inline constexpr std::uint32_t kNoticeTurn = std::uint32_t{1} << 30;
inline constexpr unsigned kNoticeLane = 26;
inline constexpr std::uint32_t kNoticeHelp = std::uint32_t{1} << 25;

/// The word of a notice for the call whose request has the number `sequence`.
constexpr std::uint32_t notice_word(std::uint32_t sequence, std::uint32_t chain_lane, bool turn) noexcept {
  return (sequence - 1) ^ (kNoticeBit | (turn ? kNoticeTurn : 0) | (chain_lane - kCallLanes) << kNoticeLane);
}

/// The word that asks for help.
constexpr std::uint32_t help_word(std::uint32_t sequence) noexcept { return (sequence - 1) ^ (kNoticeBit | kNoticeHelp); }

enum class Heard : std::uint8_t { nothing, notice, help, nonsense };

/// What a reply's word says to the thread that waits for `sequence`, if it is not that.
constexpr Heard hear(std::uint32_t word, std::uint32_t sequence, std::uint32_t& chain_lane) noexcept {
  const std::uint32_t differs = word ^ (sequence - 1);
  if (differs == 0) return Heard::nothing;
  if (differs == (kNoticeBit | kNoticeHelp)) return Heard::help;
  constexpr std::uint32_t kRest = (std::uint32_t{1} << kNoticeLane) - 1;
  if ((differs & kNoticeBit) == 0 || (differs & kRest) != 0) return Heard::nonsense;
  chain_lane = kCallLanes + (differs >> kNoticeLane & 15);
  return Heard::notice;
}

/// Callee of a call: publishes a notice, after the request in the chain lane, or what help is asked for.
template <class A>
inline void give_notice(Segment& mine, std::uint32_t lane, std::uint32_t word) noexcept {
  // sync Cell.notice release: the request was published before; pairs with acquire in reply_word().
  A::release(mine.replies[lane].sequence, word);
}

/// Caller: the word of a reply's cell.
template <class A>
inline std::uint32_t reply_word(const Segment& peer, std::uint32_t lane) noexcept {
  // sync Cell.notice acquire: pairs with release in give_notice().
  // sync Cell.sequence acquire: the word may be that of the reply; pairs with release in publish_written().
  return A::acquire(peer.replies[lane].sequence);
}

/// Caller, which heard a notice: the request and what its extension says are going to be read. Both lines come at once then.
template <class A>
inline void expect_chained(const Segment& peer, std::uint32_t chain_lane) noexcept {
  A::expect(&peer.control.extension[chain_lane]);
  A::expect(&peer.requests[chain_lane]);
}

/// Control::lane_waiting: the thread has gone; nobody takes a notice of this lane.
inline constexpr std::uint32_t kGone = 3;

/// Caller that gives up: nobody waits for the lane's reply any more. It must look at the word once more afterwards.
template <class A>
inline void announce_gone(Segment& mine, std::uint32_t lane) noexcept {
  A::relaxed_store(mine.control.lane_waiting[lane], kGone);
  // sync lane_waiting fence: between the announcement and the last look at the notice; pairs with the fence in waits_for().
  A::fence();
}

/// Callee, after it gave notice: what the lane's thread does; kGone, or not zero if it sleeps.
template <class A>
inline std::uint32_t waits_for(const Segment& peer, std::uint32_t lane) noexcept {
  // sync lane_waiting fence: between give_notice() and the look; pairs with the fences in announced() and announce_gone().
  A::fence();
  return A::relaxed(peer.control.lane_waiting[lane]);
}

}  // namespace shmidl::shm
