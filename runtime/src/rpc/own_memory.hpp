// The memory that this side of a connection writes and the peer reads: the first segment, regions added on demand, and who uses what.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>

#include "os/memory.hpp"
#include "rpc/biased_lock.hpp"
#include "shm/arena.hpp"
#include "shm/layout.hpp"
#include "shm/slots.hpp"

namespace shmidl::rpc {

inline constexpr std::uint32_t kMaxRegions = 64;

/// Memory that a published frame uses: given back when the peer acknowledged the frame, or is dead.
///
/// Shape: the head of a list that OwnMemory keeps; one Held per lane, ring cell and slot, so it is a number and no container.
struct Held {
  static constexpr std::uint32_t kNone = 0xffff'ffffu;
  std::uint32_t first = kNone;

  [[nodiscard]] bool empty() const noexcept { return first == kNone; }
};

/// Lifetime: of the Link, of replies that are read, and of the Arrays that users hold in it.
/// Threads:  any, but where it says otherwise. The first that takes memory, most often the only one, pays no read-modify-write for it.
class OwnMemory {
 public:
  /// Creates the first segment; it is sealed when this returns. `limit_bytes` bounds all regions together.
  static Result<std::shared_ptr<OwnMemory>> create(std::size_t limit_bytes);

  [[nodiscard]] shm::Segment& segment() noexcept { return *segment_; }
  /// The first segment's descriptor, for the hello; closed by forget_descriptor().
  [[nodiscard]] const Fd& descriptor() const noexcept { return descriptor_; }
  void forget_descriptor() noexcept { descriptor_.reset(); }

  /// A new region that the peer has to be told of before a frame names it.
  struct Added {
    std::uint16_t region = 0;
    Fd descriptor;
    std::size_t bytes = 0;
  };

  /// What a range is taken for: a frame, or an Array of the user's.
  struct For {
    Held* held = nullptr;             ///< notes it
    stub::Storage* array = nullptr;   ///< keeps it, until end_array()
  };
  /// Takes arena memory from what is there; nothing if no free range is large enough. Errors: std::bad_alloc.
  [[nodiscard]] std::optional<shm::Arena::Range> take(std::size_t bytes, For whom);
  /// Reserves a region in which `bytes` fit; without `bytes`, one that makes the way of large ranges longer.
  /// Errors: no_resources. The region is used after commit(). Threads: one at a time.
  Result<Added> reserve(std::optional<std::size_t> bytes);
  /// The peer was told: its memory may be taken.
  void commit(const Added& added);
  /// The peer could not be told: the region goes back.
  void cancel(const Added& added) noexcept;
  /// True once for each time that large ranges turned out to go round in too little memory.
  [[nodiscard]] bool wants_longer_way() noexcept {
    return longer_way_.load(std::memory_order_relaxed) && longer_way_.exchange(false, std::memory_order_relaxed);
  }

  /// Where a range that was taken or found lies: its region stays until the range is given back.
  [[nodiscard]] std::byte* at(std::uint16_t region, std::uint64_t offset) const noexcept {
    return (region == 0 ? segment_mapping_ : regions_[region].mapping).data() + offset;
  }

  /// Gives up regions that nobody used for two calls of this; a bit for each that the peer has to be told of.
  [[nodiscard]] std::uint64_t drop_idle() noexcept;
  /// The peer is told that a region goes, or, with false, could not be told. Before the message: the answer may be fast.
  void tell_drop(std::uint16_t region, bool told) noexcept;
  /// The peer no longer has a region that it was told of: its memory and its number are free. False if it was not told of this one.
  [[nodiscard]] bool finish_drop(std::uint32_t region) noexcept;
  /// True while the peer has not answered for some region.
  [[nodiscard]] bool awaits_drops() noexcept;
  /// True while there is a region but the first segment.
  [[nodiscard]] bool has_regions() noexcept;
  /// Gives back all that `held` names and empties it.
  void give_back(Held& held) noexcept;

  /// The descriptor of [data, data + bytes) if it lies in an Array of the arena, which `held` keeps then. Errors: std::bad_alloc.
  [[nodiscard]] std::optional<shm::Descriptor> hold(Held& held, const void* data, std::size_t bytes);
  /// Has `held` keep something else that the frame needs: takes over one reference. Errors: std::bad_alloc; the reference is released then.
  void keep(Held& held, stub::Storage* storage);
  /// The Array whose memory begins at `data` has ended. This object may end with it.
  void end_array(const void* data, std::uint32_t block) noexcept;
  /// The Link ends: `self` lives until the last Array does.
  void outlive(std::shared_ptr<OwnMemory> self) noexcept;

  /// The peer said how much it accepts; `option` is what that is called there. Threads: before all others.
  void set_peer_limit(std::uint64_t bytes, std::string_view option) noexcept;
  [[nodiscard]] std::size_t limit_bytes() const noexcept { return limit_bytes_; }
  /// What bounds this memory, for errors: both sides' numbers.
  [[nodiscard]] std::string limits() const;

  /// A slot for a reply that uses arena memory; takes over `held`. Nothing when the peer holds all slots, or there is no memory to note one more.
  [[nodiscard]] std::optional<std::uint32_t> take_slot(const shm::Segment& peer, Held& held) noexcept;
  /// Notes what items of streams that wait for their readers use, and used.
  void count_items(std::size_t more, std::size_t less) noexcept { item_bytes_.fetch_add(more - less, std::memory_order_relaxed); }
  /// Half of the memory is for them: a reader that stops reading leaves calls the rest.
  [[nodiscard]] bool has_room_for_item(std::size_t bytes) const noexcept { return bytes + item_bytes_.load(std::memory_order_relaxed) <= limit_bytes_ / 2; }

  /// Gives back the memory of all slots that the peer released.
  void collect(const shm::Segment& peer) noexcept;
  /// The peer is dead or the link closed: gives back the memory of all slots.
  void abandon_slots() noexcept;

 private:
  explicit OwnMemory(std::size_t limit_bytes);

  struct Slot {
    Held held;
    std::uint16_t generation = 0;
  };
  /// One thing that a frame uses: a block of the arena, or an Array of the user's.
  struct Use {
    stub::Storage* storage = nullptr;  ///< one reference; null: `block` is meant
    std::uint32_t block = 0;
    std::uint32_t next = Held::kNone;
  };
  using Ended = std::array<stub::Storage*, shm::kMaxDescriptors>;

  void note(Held& held, stub::Storage* storage, std::uint32_t block);
  /// Gives back what `held` names until it or `ended`, filled from `count` on, is used up; how many storages are to be released, without the lock.
  [[nodiscard]] std::size_t unhold(Held& held, Ended& ended, std::size_t count) noexcept;
  struct Region {
    enum class State : std::uint8_t { none, in_use, dropping, told };
    os::Mapping mapping;
    State state = State::none;
    std::uint8_t idle = 0;  // calls of drop_idle() that found it idle, in a row
  };
  struct UserArray {
    std::uintptr_t start = 0;
    std::size_t bytes = 0;
    std::uint64_t offset = 0;
    stub::Storage* storage = nullptr;
    std::uint16_t region = 0;

    [[nodiscard]] bool holds(std::uintptr_t at, std::size_t wanted) const noexcept { return at - start <= bytes && wanted <= bytes - (at - start); }
  };
  /// Most users hold an Array or two at a time: those need neither a tree nor the heap. Chosen, not measured.
  static constexpr std::size_t kNewest = 4;

  void note_array(const UserArray& array);
  [[nodiscard]] const UserArray* find_array(std::uintptr_t at, std::size_t bytes) const noexcept;
  void forget_array(std::uintptr_t start) noexcept;

  const std::size_t own_limit_bytes_;
  std::uint64_t peer_limit_bytes_;
  std::string_view peer_option_;  // static
  std::size_t limit_bytes_;       // the smaller of the two
  Fd descriptor_;
  shm::Segment* segment_ = nullptr;
  os::Mapping segment_mapping_;
  std::atomic<std::size_t> item_bytes_{0};
  std::atomic<bool> longer_way_{false};
  std::atomic<std::size_t> array_count_{0};  // written with the lock; who has an Array sees it counted
  BiasedLock lock_;  // guards what follows; never held across a system call that can wait
  shm::Arena arena_;
  std::unique_ptr<Region[]> regions_;  // by number; made with the first of them, since most connections have none
  std::size_t reserved_bytes_ = 0;
  std::array<UserArray, kNewest> newest_;
  std::size_t next_newest_ = 0;                 // the oldest of them, which goes to arrays_ if it is still there
  std::map<std::uintptr_t, UserArray> arrays_;  // by address
  std::shared_ptr<OwnMemory> self_;             // once only Arrays are left
  std::vector<Use> uses_;
  std::uint32_t unused_ = Held::kNone;  // a list through Use::next
  std::vector<Slot> slots_;             // as many as were ever needed at a time, up to shm::kSlots
  std::vector<std::uint16_t> slots_in_use_;
  std::vector<std::uint16_t> slots_free_;
};

}  // namespace shmidl::rpc
