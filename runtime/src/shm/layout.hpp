// The byte map of a segment. Both sides own one of the same layout; each writes only its own. LAYOUT.md tells what every word means.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shmidl::shm {

/// A word of shared memory: written by the owner of the segment, read by both sides.
using Word = std::atomic<std::uint32_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 4, "a lock inside a word would be shared state that dies with its holder");

inline constexpr std::size_t kCellBytes = 64;
inline constexpr std::size_t kInlineBytes = 48;
inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kCallLanes = 48;  // the others are chain lanes: for calls to a thread that waits for the caller's answer; no leader looks at them
inline constexpr std::uint32_t kRingCells = 64;
inline constexpr std::uint32_t kSlots = 256;
inline constexpr std::uint32_t kMaxDescriptors = 128;  // of a frame: 64 ranges and 64 attachments

/// What stands in a cell beside its sequence word. Private copies have the same type.
///
/// In a request: `method`; with kAfterOneway, `after`: the number of the oneway call that must have ended before this one begins.
/// In a reply:   `status` (0, or an Errc); `slot` and `generation` name the arena memory that the reader gives back.
struct CellBody {
  std::uint16_t method_or_status = 0;
  std::uint8_t flags = 0;
  std::uint8_t descriptors = 0;        ///< 16-byte descriptors at the start of the content
  std::uint32_t content_bytes = 0;     ///< descriptors and body
  std::uint32_t after_or_slot = 0;
  std::byte content[kInlineBytes] = {};
};
inline constexpr std::size_t kHeadBytes = offsetof(CellBody, content);
static_assert(kHeadBytes == 12 && offsetof(CellBody, content_bytes) == 4 && offsetof(CellBody, after_or_slot) == 8);
static_assert(sizeof(CellBody) == kCellBytes - sizeof(Word) && std::is_trivially_copyable_v<CellBody>);

/// CellBody::flags: the content lies in the arena; the cell's own content is one descriptor of it.
inline constexpr std::uint8_t kContentInArena = 1;
/// CellBody::flags of a reply: after_or_slot names a slot.
inline constexpr std::uint8_t kHasSlot = 2;
/// CellBody::flags of a request: after_or_slot names a oneway call that must have ended first.
inline constexpr std::uint8_t kAfterOneway = 4;
/// CellBody::flags of a request: after_or_slot says how long its caller waits; see shm/timeout.hpp.
inline constexpr std::uint8_t kTimeout = 8;

/// CellBody::flags of a request: Control::extension says more; in the ring: after_or_slot is the number of an object.
inline constexpr std::uint8_t kExtended = 16;
/// CellBody::flags of a stream's cell: its last one, with an Errc if the stream ended by an error.
inline constexpr std::uint8_t kStreamEnd = 32;
/// CellBody::flags of a stream's cell: nothing of it is read in place, since there was no slot for it.
inline constexpr std::uint8_t kToCopy = 128;
/// CellBody::flags of a request: no thread waits for the reply, so none can be given something to do meanwhile.
inline constexpr std::uint8_t kNobodyWaits = 64;

/// What a request with kExtended carries beside its cell; written before it.
struct Extension {
  std::uint32_t object = 0;     ///< whose method it is; 0: the root
  std::uint16_t depth = 0;      ///< so many calls wait for the end of this one
  std::uint16_t padding = 0;
  std::uint64_t time_left = ~std::uint64_t{0};  ///< nanoseconds; all ones: no deadline
  std::uint64_t call = 0;       ///< 0: not numbered
  std::uint64_t reserved = 0;
};
static_assert(sizeof(Extension) == 32 && std::is_trivially_copyable_v<Extension>);

/// One cache line. The body is written first, then `sequence` with release: the line is published by its first word.
struct alignas(kCellBytes) Cell {
  Word sequence;
  CellBody body;
};
static_assert(sizeof(Cell) == kCellBytes && offsetof(Cell, body) == 4, "a small call moves one line each way");

/// A range of the sender's memory, or something that came over the socket; then `offset` is its number there and all else zero.
struct Descriptor {
  std::uint16_t region = 0;  ///< 0: the first segment; n: the n-th added region
  std::uint8_t kind = 0;     ///< kArena, kAttachedDescriptor, kAttachedBlob
  std::uint8_t flags = 0;
  std::uint32_t length = 0;  ///< bytes
  std::uint64_t offset = 0;  ///< bytes from the region's start
};
static_assert(sizeof(Descriptor) == 16 && offsetof(Descriptor, length) == 4 && offsetof(Descriptor, offset) == 8);

inline constexpr std::uint8_t kArena = 1;
inline constexpr std::uint8_t kAttachedDescriptor = 2;
inline constexpr std::uint8_t kAttachedBlob = 3;
inline constexpr std::uint8_t kSendersObject = 4;
inline constexpr std::uint8_t kReceiversObject = 5;

/// How the owner of a segment waits for requests; `Control::waiting`.
enum Waiting : std::uint32_t {
  kAwake = 0,   ///< looks by itself; nobody needs to wake it
  kFutex = 1,   ///< sleeps on the peer's Control::bell
  kSocket = 2,  ///< wants a byte on the socket
};

/// How the caller of a lane waits for its reply; `Control::lane_waiting`.
enum CallerWaiting : std::uint32_t {
  kLooks = 0,      ///< by itself, or not at all
  kOnReply = 1,    ///< a thread sleeps on the reply's sequence
  kOnMessage = 2,  ///< wants a message on the socket
};

/// The words beside the cells; each line has one kind of reader.
struct Control {
  struct alignas(64) {
    std::uint32_t magic;
    std::uint32_t layout;
    std::uint64_t bytes;
  } head;                                    // written once, before the segment is handed over

  alignas(64) Word lanes_used;               // as caller: requests may stand in lanes below this number
  alignas(64) Word bell;                     // as caller: counts the wakes that this side gave the other
  alignas(64) Word waiting;                  // as callee: a Waiting
  Word core;                                 // 1 + the core on which this side's thread waited last; 0: not known
  Word serving;                              // as callee: 1 while a thread takes calls that no call of its own waits for
  alignas(64) Word taken;                    // as callee: oneway calls that have been taken from the peer's ring
  alignas(64) Word room_wanted;              // as caller: 1 while a thread sleeps until `taken` moves
  alignas(64) Word lane_waiting[kLanes];     // as caller: a CallerWaiting
  alignas(64) Word started[kLanes];          // as callee: the sequence of the last request that was begun in the lane
  alignas(64) Word released[kSlots];         // as reader of replies: the last generation of each slot that was given back
  alignas(64) Extension extension[kLanes];   // as caller: more of the lane's request
};

/// A segment's first region. The arena fills the rest of it.
struct alignas(4096) Segment {
  Control control;
  alignas(4096) Cell requests[kLanes];
  alignas(4096) Cell replies[kLanes];
  alignas(4096) Cell ring[kRingCells];
  alignas(4096) std::byte arena[8192];
};
static_assert(sizeof(Segment) == 6 * 4096, "an idle connection costs 24 KiB on each side");
static_assert(sizeof(Control) <= 4096);
static_assert(std::is_standard_layout_v<Segment>);

inline constexpr std::size_t kSegmentBytes = sizeof(Segment);
inline constexpr std::size_t kArenaOffset = offsetof(Segment, arena);
inline constexpr std::uint32_t kMagic = 0x6c646d73u;  // "smdl"

/// The number that both sides compare in their hello: computed from what is really there.
constexpr std::uint32_t layout_number() noexcept {
  constexpr std::size_t facts[] = {
      sizeof(Segment), offsetof(Segment, requests), offsetof(Segment, replies), offsetof(Segment, ring), offsetof(Segment, arena),
      offsetof(Control, lanes_used), offsetof(Control, bell), offsetof(Control, waiting), offsetof(Control, core), offsetof(Control, taken), offsetof(Control, room_wanted),
      offsetof(Control, lane_waiting), offsetof(Control, started), offsetof(Control, released), offsetof(Control, serving), offsetof(Control, extension), offsetof(Extension, depth), kCallLanes, offsetof(CellBody, method_or_status),
      offsetof(CellBody, flags), offsetof(CellBody, descriptors), offsetof(CellBody, content_bytes), offsetof(CellBody, after_or_slot),
      offsetof(CellBody, content), sizeof(Descriptor), kLanes, kRingCells, kSlots, kMaxDescriptors};
  std::uint32_t hash = 2166136261u;
  for (const std::size_t fact : facts) {
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((static_cast<std::uint32_t>(fact) >> shift) & 0xffu)) * 16777619u;
  }
  return hash;
}

}  // namespace shmidl::shm
