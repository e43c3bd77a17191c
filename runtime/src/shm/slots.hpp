// Slots: how the reader of a reply gives its memory back.
//
// A reply that uses arena memory names a slot and its generation. The reader stores the generation into its own `released[slot]` when it has
// finished with the memory; the owner looks there when it wants memory. One writer a word, no queue that could fill up.
#pragma once

#include "shm/access.hpp"
#include "shm/layout.hpp"

namespace shmidl::shm {

static_assert(kSlots <= 0x1'0000u);

inline std::uint32_t pack_slot(std::uint32_t slot, std::uint32_t generation) noexcept { return slot << 16 | (generation & 0xffffu); }
inline std::uint32_t slot_of(std::uint32_t packed) noexcept { return packed >> 16; }
inline std::uint32_t generation_of(std::uint32_t packed) noexcept { return packed & 0xffffu; }

/// Reader: gives the memory behind a slot back.
template <class A>
inline void release_slot(Segment& mine, std::uint32_t packed) noexcept {
  // sync Control.released release: ends this side's reads of the memory; pairs with acquire in slot_released().
  A::release(mine.control.released[slot_of(packed)], generation_of(packed));
}

/// Owner: whether the reader gave generation `generation` of the slot back.
template <class A>
inline bool slot_released(const Segment& peer, std::uint32_t slot, std::uint32_t generation) noexcept {
  // sync Control.released acquire: pairs with release in release_slot().
  return A::acquire(peer.control.released[slot]) == (generation & 0xffffu);
}

}  // namespace shmidl::shm
