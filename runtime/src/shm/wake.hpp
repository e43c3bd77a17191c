// Who sleeps, and who must wake whom. No system call stands here: the functions say whether one is needed.
//
// Both directions are the same handshake (Dekker's): the sleeper announces itself and looks again; the publisher publishes and looks whether
// somebody announced. With a full fence on each side between the store and the look, at least one of them sees the other, so a sleeper either
// finds the work or is woken. The futex re-checks its word, which closes the gap between the look and the sleep.
//
// The words themselves are relaxed: nothing is read because of them alone, and the fences order them where the handshake needs it.
#pragma once

#include "shm/access.hpp"
#include "shm/layout.hpp"

namespace shmidl::shm {

/// Caller, after it published a request or oneway call: how the callee wants to be woken.
template <class A>
inline Waiting callee_waits(const Segment& peer) noexcept {
  A::fence();  // sync waiting fence: between publish() and the look at Control.waiting; pairs with the fence in announced().
  const std::uint32_t waiting = A::relaxed(peer.control.waiting);
  return waiting == kFutex ? kFutex : waiting == kSocket ? kSocket : kAwake;
}

/// Callee, before it announces that it sleeps: the count that its futex compares. A wake counted later keeps it from falling asleep.
template <class A>
inline std::uint32_t bell_count(const Segment& peer) noexcept {
  return A::relaxed(peer.control.bell);
}

/// Callee: says how it is going to sleep; it must look at all requests once more afterwards.
template <class A>
inline void announce_callee(Segment& mine, Waiting how) noexcept {
  A::relaxed_store(mine.control.waiting, how);
}

/// Once after all announcements, before the last look.
template <class A>
inline void announced() noexcept {
  // sync waiting fence: between the announcements and the last look; pairs with the fences in callee_waits(), caller_waits(), waits_for(), room_wanted(), reader_waits() and credit_wanted().
  A::fence();
}

/// Caller, after callee_waits(): counts a wake; the sleeping callee's futex is this word.
template <class A>
inline void ring_bell(Segment& mine, std::uint32_t count) noexcept {
  A::relaxed_store(mine.control.bell, count);
}

/// Callee, after it published a reply: how its caller wants to be woken. What makes no sense is a sleep on the reply: waking nobody does no harm.
template <class A>
inline CallerWaiting caller_waits(const Segment& peer, std::uint32_t lane) noexcept {
  A::fence();  // sync lane_waiting fence: between publish() of the reply and the look; pairs with the fence in announced().
  const std::uint32_t waiting = A::relaxed(peer.control.lane_waiting[lane]);
  return waiting == kLooks ? kLooks : waiting == kOnMessage ? kOnMessage : kOnReply;
}

/// Receiver of oneway calls, after it acknowledged some: whether a thread of the sender sleeps until there is room.
template <class A>
inline bool room_wanted(const Segment& peer) noexcept {
  A::fence();  // sync room_wanted fence: between acknowledge() and the look; pairs with the fence in announced().
  return A::relaxed(peer.control.room_wanted) != 0;
}

/// Caller: says that the lane's thread is going to sleep, or that it is awake.
template <class A>
inline void announce_caller(Segment& mine, std::uint32_t lane, bool sleeping) noexcept {
  A::relaxed_store(mine.control.lane_waiting[lane], sleeping ? kOnReply : kLooks);
}

/// Caller that does something else: asks for a message on the socket when the reply is there; announced() and a last look follow. Ended by
/// announce_caller(false).
template <class A>
inline void ask_for_message(Segment& mine, std::uint32_t lane) noexcept {
  A::relaxed_store(mine.control.lane_waiting[lane], kOnMessage);
}

/// Caller, about to sleep on the reply with the number `awaited`: announces it and looks once more. False: the reply is there; else the futex
/// may sleep while the reply's sequence is `seen`. Either way announce_caller(false) follows.
template <class A>
inline bool reply_missing(Segment& mine, const Segment& peer, std::uint32_t lane, std::uint32_t awaited, std::uint32_t& seen) noexcept {
  announce_caller<A>(mine, lane, true);
  announced<A>();
  seen = A::relaxed(peer.replies[lane].sequence);
  return seen != awaited;
}

/// Says on which core this side's waiting thread runs; nothing where that is known. A hint: whoever believes a wrong one only waits less cheaply.
template <class A>
inline void tell_core(Segment& mine, std::uint32_t core) noexcept {
  if (A::relaxed(mine.control.core) != core + 1) A::relaxed_store(mine.control.core, core + 1);
}

/// The core that the peer told; kNoCore if it told none.
inline constexpr std::uint32_t kNoCore = ~0u;
template <class A>
inline std::uint32_t core_of(const Segment& peer) noexcept {
  return A::relaxed(peer.control.core) - 1;
}

/// Sender of oneway calls: says that a thread is going to sleep until `taken` moves, or that none does.
template <class A>
inline void announce_sender(Segment& mine, bool sleeping) noexcept {
  A::relaxed_store(mine.control.room_wanted, sleeping ? 1u : 0u);
}

/// Sender: the receiver's `taken` for a futex to compare; in_flight() is what cells and memory are used by.
template <class A>
inline std::uint32_t taken_count(const Segment& peer) noexcept {
  return A::relaxed(peer.control.taken);
}

/// Sender, about to sleep while `taken` is `seen`: announces it and looks once more. Either way announce_sender(false) follows.
template <class A>
inline bool room_missing(Segment& mine, const Segment& peer, std::uint32_t seen) noexcept {
  announce_sender<A>(mine, true);
  announced<A>();
  return taken_count<A>(peer) == seen;
}

}  // namespace shmidl::shm
