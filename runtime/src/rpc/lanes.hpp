// The lanes of a connection as their caller keeps them: which is free, who has which, and whose reply may be taken out of the way.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "os/clock.hpp"
#include "rpc/own_memory.hpp"
#include "rpc/thread_memory.hpp"
#include "shm/lane.hpp"

namespace shmidl::rpc {

/// One lane. Private memory; whoever took it has it for himself.
///
/// A lane may be *bound* to a thread, for its small calls: then that thread enters and leaves it without a read-modify-write. It stores `busy`,
/// then looks at `revoked`; who wants the lane for others stores `revoked`, has every thread of the process pass a full fence, then looks at
/// `busy`. One of the two sees the other, as in the handshake of shm/wake.hpp, but the rare side pays for both. `returned` makes one of the two
/// give the lane back. It is bound again only when both have let go of it, so that no late store of one of them means another binding: the thread
/// when it finds its lane revoked or leaves it to an orphan, who revoked it after the look at `busy`.
struct alignas(64) Lane {
  explicit Lane(std::uint32_t of_number) noexcept : number(of_number) {}

  shm::CallerLane end;
  const std::uint32_t number;
  std::atomic<std::uint32_t> busy{0};     ///< 1 while a call of the thread that it is bound to is in it
  std::atomic<std::uint32_t> revoked{0};  ///< 1: not to be entered again
  std::atomic<bool> returned{false};      ///< given back after it was revoked
  std::atomic<std::uint32_t> let_go{0};   ///< how many of the two have
  Held held;
  std::atomic<std::int64_t> expires{0};   ///< when the deadline of parked call `expiring` is, in the clock's nanoseconds
  std::atomic<std::uint64_t> expiring{0}; ///< kParked | sequence, as in `parked`; 0: none, or the peer was told
  std::uint64_t noticed = 0;              ///< sequence | word of the last notice that its caller took
  std::uint64_t helped = 0;               ///< as `noticed`: the notice of a call whose caller was asked for help
  std::atomic<std::uint64_t> parked{0};   ///< kParked | sequence: its caller does something else, and its reply may be taken out
  bool rings = false;                     ///< a message was asked for when its reply is there; who has the lane unparked

  /// The last notice that came was not taken yet; `word` as it was read.
  [[nodiscard]] bool has_notice(std::uint32_t word) const noexcept {
    return word != end.sequence && word != end.sequence - 1 && noticed != (std::uint64_t{end.sequence} << 32 | word);
  }
  /// Its caller is to help where it waits for the reply.
  [[nodiscard]] bool helps() const noexcept { return helped != 0 && helped >> 32 == end.sequence; }
};

/// Takes what came beside a reply that nobody reads.
class ReplySink {
 public:
  virtual void drop_attachments(const shm::CellBody& body) noexcept = 0;
  /// The reply to a call that nobody waits for; false if there is nothing in it but what discard() gives back.
  virtual bool take_orphan(std::uint32_t lane, std::uint32_t sequence, const shm::CellBody& body) noexcept = 0;
  /// Replies for which a message was asked were taken out of their lanes.
  virtual void replies_are_late() noexcept = 0;

 protected:
  ~ReplySink() = default;
};

/// Threads: any.
class Lanes {
 public:
  Lanes(std::uint64_t link, shm::Segment& mine, const shm::Segment& theirs, OwnMemory& own) noexcept;

  /// The thread's own lane, or any that is free; null when none is, or when this thread serves a call whose caller waits on this link, so that the
  /// call is chained to it. For a call that this thread waits for.
  Lane* enter() noexcept {
    ThreadMemory::Bound& bound = bound_to_this_thread();
    if (bound.link != link_ || bound.lane->busy.load(std::memory_order_relaxed) != 0) [[unlikely]] return take_and_bind();
    Lane& lane = *bound.lane;
    lane.busy.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (lane.revoked.load(std::memory_order_relaxed) != 0) [[unlikely]] return leave_revoked(bound), take();
    return &lane;
  }
  /// The call that entered has ended and its reply was taken. By the same thread.
  void leave(Lane& lane) noexcept {
    ThreadMemory::Bound& bound = bound_to_this_thread();
    if (bound.lane != &lane || bound.link != link_) [[unlikely]] return give_back(lane);
    // sync Lane.busy release: ends this thread's use of the lane's state; pairs with acquire in revoke().
    lane.busy.store(0, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (lane.revoked.load(std::memory_order_relaxed) != 0) [[unlikely]] leave_revoked(bound);
  }

  /// Keeps this thread out of its own lane until leave(); null: it has none, or is in it.
  Lane* set_aside() noexcept {
    ThreadMemory::Bound& bound = bound_to_this_thread();
    if (bound.link != link_ || bound.lane->busy.load(std::memory_order_relaxed) != 0) return nullptr;
    Lane& lane = *bound.lane;
    lane.busy.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (lane.revoked.load(std::memory_order_relaxed) == 0) return &lane;
    leave_revoked(bound);
    return nullptr;
  }

  /// Any lane that is free; null when none is.
  Lane* take() noexcept { return take_of(0); }
  /// A chain lane: for a call to a thread that waits for this one's answer; null when none is free.
  Lane* take_chain() noexcept;
  /// That of a number which take_chain() gave.
  [[nodiscard]] Lane& chain_lane(std::uint32_t number) noexcept { return *lanes_[number]; }
  /// The lane's call has ended and its reply was taken.
  void give_back(Lane& lane) noexcept;
  /// The lane's call goes on, but nobody wants its reply: the lane and its memory wait for it. By the thread that entered or took it.
  void orphan(Lane& lane) noexcept;
  /// Gives back the lanes of orphans that were answered meanwhile.
  void reap_orphans() noexcept;

  /// The lane's caller does something else.
  void park(Lane& lane) noexcept;
  /// The lane is going to be parked, and its call has a deadline.
  void expire(Lane& lane, std::int64_t at) noexcept {
    lane.expires.store(at, std::memory_order_relaxed);
    // sync Lane.expiring release: which call the time belongs to; pairs with acquire in for_each_expired().
    lane.expiring.store(kParked | lane.end.sequence, std::memory_order_release);
  }
  /// Calls `visit` with each parked call that is past `now`: its lane and sequence. The next time that one will be; INT64_MAX: there is none.
  template <class F>
  std::int64_t for_each_expired(std::int64_t now, F&& visit) noexcept {
    std::int64_t next = INT64_MAX;
    // sync Lanes.used acquire: pairs with release in make_lanes().
    const std::uint32_t used = used_.load(std::memory_order_acquire);
    for (std::uint32_t number = 0; number < used; ++number) {
      Lane& lane = *lanes_[number];
      // sync Lane.parked acquire: pairs with release in park().
      const std::uint64_t parked = lane.parked.load(std::memory_order_acquire);
      // sync Lane.expiring acquire: the time that belongs to it; pairs with release in expire().
      std::uint64_t expiring = lane.expiring.load(std::memory_order_acquire);
      if (parked == 0 || parked != expiring) continue;
      const std::int64_t at = lane.expires.load(std::memory_order_relaxed);
      // Where the lane has changed hands meanwhile, its next caller waits for itself, and the peer knows that the old call has ended.
      if (at > now) next = std::min(next, at);
      else if (lane.expiring.compare_exchange_strong(expiring, 0, std::memory_order_relaxed)) visit(number, static_cast<std::uint32_t>(parked));
    }
    return next;
  }
  /// True unless the reply of the call of that number was taken out of its lane, or its caller took the lane back.
  [[nodiscard]] static bool is_parked(const Lane& lane, std::uint32_t sequence) noexcept {
    return lane.parked.load(std::memory_order_relaxed) == (kParked | sequence);
  }
  /// Asks for a message when the reply to that parked call is there; shm::announced() and a look follow. Nothing if it was taken out of its lane.
  void ask_for_message(Lane& lane, std::uint32_t sequence) noexcept;
  /// Takes the lane back for the call of that number; false if its reply has been taken out of it: take_late() has it.
  bool unpark(Lane& lane, std::uint32_t sequence) noexcept;
  /// The reply that was taken out of a lane; false if nobody took it.
  bool take_late(const Lane& lane, std::uint32_t sequence, shm::CellBody& body) noexcept;

  /// When no lane is free: takes lanes from threads that do not use them, and replies of parked calls out of theirs.
  void make_free() noexcept;
  /// Sleeps until a lane may be free, or a millisecond, or the deadline.
  void wait(os::Deadline deadline) noexcept;
  void wake_waiters() noexcept;

  /// Gives the memory of a reply back, if it has any.
  void give_slot_back(const shm::CellBody& body) noexcept;
  /// The same for a reply that nobody reads: with what came beside it.
  void discard(const shm::CellBody& body) noexcept;
  void set_sink(ReplySink& sink) noexcept { sink_ = &sink; }
  /// True while a call that nobody waits for is under way, or answered and not reaped.
  [[nodiscard]] bool has_orphans() const noexcept { return orphans_.load(std::memory_order_relaxed) != 0; }

  /// After the link's end, by its last user.
  void give_back_memory() noexcept;

 private:
  static constexpr std::uint64_t kParked = std::uint64_t{1} << 32;
  /// Of 64 lanes some stay for calls that need any: asynchronous ones, and those of the thirty-third thread. Chosen, not measured.
  static constexpr int kMostBound = 32;
  /// With fewer lanes free, more calls may be under way soon than there are lanes: nothing is bound that would be revoked then. Chosen, not measured.
  static constexpr int kSpare = 16;

  ThreadMemory::Bound& bound_to_this_thread() const noexcept { return thread_memory.bound[link_ % ThreadMemory::kBound]; }
  Lane* take_of(std::uint64_t preferred) noexcept;
  Lane* take_and_bind() noexcept;
  void let_go(Lane& lane) noexcept;
  /// Nobody wants a message for the lane any more. By who has it.
  void be_quiet(Lane& lane) noexcept;
  void leave_revoked(ThreadMemory::Bound& bound) noexcept;
  void revoke() noexcept;
  void harvest() noexcept;
  /// `asked` becomes true if a message was asked for one of the replies.
  void take_out(bool& asked) noexcept;
  bool make_lanes(std::uint32_t count) noexcept;
  template <class F>
  void for_each(std::uint64_t bits, F&& visit) {
    for (; bits != 0; bits &= bits - 1) visit(*lanes_[static_cast<std::size_t>(std::countr_zero(bits))]);
  }
  [[nodiscard]] static std::uint64_t bit_of(const Lane& lane) noexcept { return std::uint64_t{1} << lane.number; }
  [[nodiscard]] static std::uint64_t late_key(const Lane& lane, std::uint32_t sequence) noexcept { return std::uint64_t{lane.number} << 32 | sequence; }

  const std::uint64_t link_;
  shm::Segment& mine_;
  const shm::Segment& theirs_;
  OwnMemory& own_;
  ReplySink* sink_ = nullptr;
  std::array<std::unique_ptr<Lane>, shm::kLanes> lanes_;  // made as they are needed; the first used_ are there
  std::atomic<std::uint32_t> used_{0};
  static constexpr std::uint64_t kCallBits = (std::uint64_t{1} << shm::kCallLanes) - 1;
  std::atomic<std::uint64_t> free_{~std::uint64_t{0}};  // chain lanes are never shown to leaders; their bits are apart
  std::atomic<std::uint64_t> orphans_{0};
  std::atomic<std::uint64_t> bound_{0};  // lanes that are bound to threads
  std::atomic<std::uint64_t> bindable_{~std::uint64_t{0}};
  std::atomic<std::uint32_t> waiters_{0};
  std::mutex mutex_;  // guards what follows, and making lanes
  std::condition_variable freed_;
  std::map<std::uint64_t, shm::CellBody> late_;  // replies taken out of lanes
};

}  // namespace shmidl::rpc
