// A stream: numbered cells of the one that makes items, and one line of the reader that says how many it took.
//
// Number n (from 1, wrapping) stands in cell n mod the number of cells, a power of two, and is published by storing n as the cell's sequence. The
// stream's end is a cell, too, for which room is kept. The reader gives credit back by counting what it took.
//
//   reader's line: taken, waiting, cancelled       maker's block: room_wanted, closed, then the cells
//
// Each block lies in the arena of the side that writes it. The reader's is free when `closed` is set, which the maker does after its last look at
// it; the maker's is memory of the reply that opened the stream, and goes when that slot is released, which the reader does when it looks no more.
#pragma once

#include "shm/access.hpp"
#include "shm/lane.hpp"
#include "shm/layout.hpp"
#include "shm/wake.hpp"

namespace shmidl::shm {

/// How the reader waits; StreamCredit::waiting.
enum StreamWaiting : std::uint32_t {
  kReaderLooks = 0,      ///< by itself, or not at all
  kReaderSleeps = 1,     ///< on the next cell's sequence
  kReaderOnMessage = 2,  ///< wants a message on the socket
};

/// How the maker waits for credit; StreamHead::room_wanted.
enum StreamStalls : std::uint32_t {
  kMakesItems = 0,   ///< it has credit, or looks by itself
  kWantsLook = 1,    ///< the thread that looks for calls is to look at `taken`
  kSleepsOnTaken = 2,///< a thread sleeps on it
};

/// The reader's block: one line.
struct alignas(kCellBytes) StreamCredit {
  Word taken;      // items that are done with
  Word waiting;    // a StreamWaiting
  Word cancelled;  // 1: nothing is read any more
};
static_assert(sizeof(StreamCredit) == kCellBytes);

/// The line before the maker's cells.
struct alignas(kCellBytes) StreamHead {
  Word room_wanted;  // a StreamStalls
  Word closed;       // 1: the end was published, and the reader's block is not looked at any more
};
static_assert(sizeof(StreamHead) == kCellBytes);

inline constexpr std::uint32_t kMostStreamCells = 8192;

/// What a request says of the stream that it opens.
struct StreamRequest {
  Descriptor credit;
  std::uint32_t number = 0;  ///< the reader's, for MessageKind::cancel_stream
  std::uint32_t padding = 0;
};
static_assert(sizeof(StreamRequest) == 24);

/// What the reply says.
struct StreamReply {
  Descriptor block;
  std::uint32_t cells = 0;
  std::uint32_t padding = 0;
};
static_assert(sizeof(StreamReply) == 24);

// ── the maker ─────────────────────────────────────────────────────────────────────────────────────

/// How many of the items that were sent are not taken; more than there are cells: the reader wrote nonsense.
template <class A>
inline std::uint32_t stream_in_flight(const StreamCredit& credit, std::uint32_t sent) noexcept {
  // sync StreamCredit.taken acquire: pairs with release in give_credit(); what the reader read of the cells and their memory is done.
  return sent - A::acquire(credit.taken);
}

/// After it published a cell: how the reader is to be woken.
template <class A>
inline StreamWaiting reader_waits(const StreamCredit& credit) noexcept {
  A::fence();  // sync stream_waiting fence: between publish() and the look; pairs with the fence in announced().
  const std::uint32_t waiting = A::relaxed(credit.waiting);
  return waiting == kReaderLooks ? kReaderLooks : waiting == kReaderOnMessage ? kReaderOnMessage : kReaderSleeps;
}

/// Out of credit: says how it waits, then looks once more. False: `taken` has moved from `seen`.
template <class A>
inline bool credit_missing(StreamHead& mine, const StreamCredit& credit, StreamStalls how, std::uint32_t seen) noexcept {
  A::relaxed_store(mine.room_wanted, how);
  announced<A>();
  return A::relaxed(credit.taken) == seen;
}

/// The reader's word for a futex to compare; stream_in_flight() is what cells and memory are used by.
template <class A>
inline std::uint32_t credit_count(const StreamCredit& credit) noexcept {
  return A::relaxed(credit.taken);
}

template <class A>
inline bool is_cancelled(const StreamCredit& credit) noexcept {
  return A::relaxed(credit.cancelled) != 0;
}

/// After its last look at the reader's block.
template <class A>
inline void close_stream(StreamHead& mine) noexcept {
  // sync StreamHead.closed release: ends this side's reads of the reader's block; pairs with acquire in is_closed().
  A::release(mine.closed, 1);
}

// ── the reader ────────────────────────────────────────────────────────────────────────────────────

/// The next cell's word; `next` if the item of that number is there.
template <class A>
inline std::uint32_t stream_word(const Cell& cell) noexcept {
  // sync Cell.sequence acquire: pairs with release in publish_written().
  return A::acquire(cell.sequence);
}

/// Gives the cells and memory of all items up to `number` back.
template <class A>
inline void give_credit(StreamCredit& mine, std::uint32_t number) noexcept {
  // sync StreamCredit.taken release: ends this side's reads; pairs with acquire in stream_in_flight().
  A::release(mine.taken, number);
}

/// After give_credit(): how the maker is to be woken.
template <class A>
inline StreamStalls credit_wanted(const StreamHead& head) noexcept {
  A::fence();  // sync stream_room fence: between give_credit() and the look; pairs with the fence in announced().
  const std::uint32_t wanted = A::relaxed(head.room_wanted);
  return wanted == kMakesItems ? kMakesItems : wanted == kWantsLook ? kWantsLook : kSleepsOnTaken;
}

template <class A>
inline void announce_reader(StreamCredit& mine, StreamWaiting how) noexcept {
  A::relaxed_store(mine.waiting, how);
}

/// About to wait for item `next`: announces how, and looks once more. False: it is there; else the futex may sleep while the word is `seen`.
/// announce_reader(kReaderLooks) follows.
template <class A>
inline bool item_missing(StreamCredit& mine, const Cell& cell, std::uint32_t next, StreamWaiting how, std::uint32_t& seen) noexcept {
  announce_reader<A>(mine, how);
  announced<A>();
  seen = A::relaxed(cell.sequence);
  return seen != next;
}

template <class A>
inline void cancel_stream(StreamCredit& mine) noexcept {
  A::relaxed_store(mine.cancelled, 1);
}

/// True once the maker looks at the reader's block no more.
template <class A>
inline bool is_closed(const StreamHead& head) noexcept {
  // sync StreamHead.closed acquire: pairs with release in close_stream(); the block may be used again.
  return A::acquire(head.closed) != 0;
}

}  // namespace shmidl::shm
