// A lane: one request cell and one reply cell, and the word that says whether the request was begun.
//
// The caller owns the request cell and sleeps on the reply cell; the callee owns the reply cell and `started`. A lane carries one call at a
// time, so each cell has one writer, and the sequence number says whose turn it is:
//
//   request.sequence == reply.sequence        idle, or the reply has just arrived
//   request.sequence == reply.sequence + 1    a call is under way
//
// Numbers are compared for equality only and wrap.
#pragma once

#include <algorithm>
#include <bit>

#include "shm/access.hpp"
#include "shm/layout.hpp"

namespace shmidl::shm {

/// The first eight bytes of a CellBody as one number.
inline std::uint64_t pack_head(std::uint16_t method_or_status, std::uint8_t flags, std::uint8_t descriptors, std::uint32_t content_bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    return method_or_status | std::uint64_t{flags} << 16 | std::uint64_t{descriptors} << 24 | std::uint64_t{content_bytes} << 32;
  } else {
    CellBody body;
    body.method_or_status = method_or_status;
    body.flags = flags;
    body.descriptors = descriptors;
    body.content_bytes = content_bytes;
    std::uint64_t head = 0;
    std::memcpy(&head, &body, sizeof head);
    return head;
  }
}

/// Publishes a cell of one's own whose content is written already.
template <class A>
inline void publish_written(Cell& cell, std::uint64_t head, std::uint32_t after_or_slot, std::uint32_t sequence) noexcept {
  A::write(&cell.body, &head, sizeof head);
  A::write(&cell.body.after_or_slot, &after_or_slot, sizeof after_or_slot);
  // sync Cell.sequence release: publishes the body of the cell; pairs with acquire in arrived().
  A::release(cell.sequence, sequence);
}

/// Writes a cell of one's own and publishes it.
template <class A>
inline void publish(Cell& cell, const CellBody& body, std::uint32_t sequence) noexcept {
  A::write(cell.body.content, body.content, kInlineBytes);
  publish_written<A>(cell, pack_head(body.method_or_status, body.flags, body.descriptors, body.content_bytes), body.after_or_slot, sequence);
}

/// True once the peer's cell has been published under `sequence`.
template <class A>
inline bool arrived(const Cell& cell, std::uint32_t sequence) noexcept {
  // sync Cell.sequence acquire: pairs with release in publish_written().
  return A::acquire(cell.sequence) == sequence;
}

/// Takes a private copy of a published cell of the peer; the peer may be changing it, which the checks that follow must survive.
template <class A>
inline void take(const Cell& cell, CellBody& body) noexcept {
  A::read(&body, &cell.body, sizeof body);
}

/// The caller's end of a lane. Private.
struct CallerLane {
  std::uint32_t sequence = 0;  // of the last request published
};

/// The callee's end of a lane. Private.
struct CalleeLane {
  std::uint32_t sequence = 0;  // of the last request taken
};

/// Caller, before the first request in lane `count - 1`: requests may stand in lanes below `count`.
///
/// Relaxed: it publishes nothing. A callee that is awake sees it in a later look; one that goes to sleep sees it with the request, by the fences of wake.hpp.
template <class A>
inline void use_lanes(Segment& mine, std::uint32_t count) noexcept {
  A::relaxed_store(mine.control.lanes_used, count);
}

/// Callee: requests may stand in lanes below this number; chain lanes, which are not looked at, are not among them.
template <class A>
inline std::uint32_t lanes_in_use(const Segment& peer) noexcept {
  return std::min(A::relaxed(peer.control.lanes_used), kCallLanes);
}

/// Caller: publishes a request; returns the sequence that its reply will have.
template <class A>
inline std::uint32_t send_request(Segment& mine, std::uint32_t lane, CallerLane& end, const CellBody& body) noexcept {
  publish<A>(mine.requests[lane], body, ++end.sequence);
  return end.sequence;
}

/// The same of a request whose content stands in its cell already.
template <class A>
inline std::uint32_t send_written_request(Segment& mine, std::uint32_t lane, CallerLane& end, std::uint64_t head, std::uint32_t after) noexcept {
  publish_written<A>(mine.requests[lane], head, after, ++end.sequence);
  return end.sequence;
}

enum class Look : std::uint8_t { nothing, waits, nonsense };

/// Callee: whether a request stands in the lane that has not been taken, or a number that no correct peer writes now.
template <class A>
inline Look look_for_request(const Segment& peer, std::uint32_t lane, const CalleeLane& end) noexcept {
  // sync Cell.sequence acquire: pairs with release in publish_written().
  const std::uint32_t sequence = A::acquire(peer.requests[lane].sequence);
  if (sequence == end.sequence) return Look::nothing;
  return sequence == end.sequence + 1 ? Look::waits : Look::nonsense;
}

/// Callee, just before the handler: records that the request will have been begun, should this process die.
///
/// Relaxed: the word is read after this process's death only, and the death orders it: the caller knows of it from the kernel.
template <class A>
inline void mark_started(Segment& mine, std::uint32_t lane, const CalleeLane& end) noexcept {
  A::relaxed_store(mine.control.started[lane], end.sequence);
}

/// Caller, after the callee's certain death: whether the handler may have been entered.
template <class A>
inline bool was_started(const Segment& peer, std::uint32_t lane, const CallerLane& end) noexcept {
  return A::relaxed(peer.control.started[lane]) == end.sequence;  // after a death no store follows, so the answer is final
}

/// Callee: publishes the reply of the request that was taken last.
template <class A>
inline void send_reply(Segment& mine, std::uint32_t lane, const CalleeLane& end, const CellBody& body) noexcept {
  publish<A>(mine.replies[lane], body, end.sequence);
}

/// The same of a reply without a slot whose content stands in its cell already.
template <class A>
inline void send_written_reply(Segment& mine, std::uint32_t lane, const CalleeLane& end, std::uint64_t head) noexcept {
  publish_written<A>(mine.replies[lane], head, 0, end.sequence);
}

/// Caller: true once the reply to the last request is there.
template <class A>
inline bool reply_waits(const Segment& peer, std::uint32_t lane, const CallerLane& end) noexcept {
  return arrived<A>(peer.replies[lane], end.sequence);
}

}  // namespace shmidl::shm
