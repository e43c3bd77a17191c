// The ring of oneway calls: numbered cells of the sender, and one word of the receiver that says how many it took.
//
// Number n (from 1, wrapping) stands in cell n mod kRingCells and is published by storing n as the cell's sequence. The sender numbers a call
// when it publishes it, with its cell already written in private memory, so that a thread which is held up between the two delays nobody.
#pragma once

#include "shm/access.hpp"
#include "shm/lane.hpp"
#include "shm/layout.hpp"

namespace shmidl::shm {

/// The sender's end. Private; its holder serialises publishing.
struct RingSender {
  std::uint32_t last = 0;  // number of the last call published
};

/// The receiver's end. Private; one thread at a time.
struct RingReceiver {
  std::uint32_t last = 0;  // number of the last call taken
};

/// Sender: how many calls the receiver has not taken; above kRingCells: the receiver wrote nonsense.
template <class A>
inline std::uint32_t in_flight(const Segment& peer, const RingSender& end) noexcept {
  // sync Control.taken acquire: pairs with release in acknowledge(); what the receiver read of the cell and its memory is done.
  return end.last - A::acquire(peer.control.taken);
}

/// Sender: publishes into the next cell, which must be free.
template <class A>
inline std::uint32_t push(Segment& mine, RingSender& end, const CellBody& body) noexcept {
  const std::uint32_t number = ++end.last;
  publish<A>(mine.ring[number % kRingCells], body, number);
  return number;
}

/// The same of a call whose content stands in that cell already.
template <class A>
inline std::uint32_t push_written(Segment& mine, RingSender& end, std::uint64_t head, std::uint32_t object = 0) noexcept {
  const std::uint32_t number = ++end.last;
  publish_written<A>(mine.ring[number % kRingCells], head, object, number);
  return number;
}

/// Receiver: takes the next call if there is one. It is acknowledged later, when its memory is no longer read.
template <class A>
inline bool pop_waits(const Segment& peer, const RingReceiver& end) noexcept {
  const std::uint32_t next = end.last + 1;
  return arrived<A>(peer.ring[next % kRingCells], next);
}

template <class A>
inline void pop(const Segment& peer, RingReceiver& end, CellBody& body) noexcept {
  ++end.last;
  take<A>(peer.ring[end.last % kRingCells], body);
}

/// Receiver: gives cells and arena memory of all calls up to `number` back.
template <class A>
inline void acknowledge(Segment& mine, std::uint32_t number) noexcept {
  // sync Control.taken release: ends this side's reads; pairs with acquire in in_flight().
  A::release(mine.control.taken, number);
}

}  // namespace shmidl::shm
