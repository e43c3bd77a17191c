// Which of a server's threads looks for calls.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace shmidl::rpc {

/// One thread leads: it looks, and passes the lead on before it runs what it found. Of the others one stands by: it takes naps, and takes the lead
/// when it finds it free, which is while the leader runs a long call. The rest sleep until there is nobody on stand-by.
///
/// So a short call costs no system call: its thread mostly takes the lead back itself. While calls are long, as many threads are awake as there
/// are calls.
///
/// A leader that the scheduler stops while it only looks is deposed by who stands by. What the lead guards is touched between enter() and leave()
/// alone: the leader stores `busy`, then looks whether it is deposed; who deposes it says so, has every thread of the process pass a full fence,
/// then looks at `busy`. One of the two sees the other, as with the lanes of rpc::Lanes. The lead has another number each time it is taken, so the
/// late stores of a leader that was deposed long ago, and of who wanted to depose it, mean nobody else.
class Lead {
 public:
  explicit Lead(unsigned threads) : turns_(std::make_unique<Turn[]>(threads)) {
    for (unsigned i = 0; i < threads; ++i) turns_[i].index = i;
  }

  /// One thread's part.
  struct alignas(64) Turn {
    std::atomic<std::uint64_t> busy{0};     ///< the lead's number while its leader uses what it guards
    std::atomic<std::uint64_t> deposed{0};  ///< the number of a lead that is this thread's no more
    std::atomic<std::uint32_t> beats{0};    ///< counts the leader's looks
    std::uint64_t number = 0;               ///< of the lead that it took last; the thread's own, as are those below
    std::uint64_t taken = 0;                ///< how often
    std::uint32_t index = 0;
  };
  /// Each for one thread at a time.
  [[nodiscard]] Turn& turn(unsigned index) noexcept { return turns_[index]; }

  /// Waits for the lead.
  void take(Turn& turn) noexcept {
    if (!try_take(turn, kNobody)) wait(turn);
  }
  /// Gives up the lead, if it is still the thread's.
  void pass(Turn& turn) noexcept;

  /// The leader is going to use what the lead guards; false if another thread leads by now, or wants to: then pass() and take() follow.
  [[nodiscard]] bool enter(Turn& turn) noexcept {
    beat(turn);
    turn.busy.store(turn.number, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (turn.deposed.load(std::memory_order_relaxed) != turn.number) [[likely]] return true;
    // sync Lead.busy release: as in leave(), whose store this one hides; pairs with acquire in depose().
    turn.busy.store(0, std::memory_order_release);
    return false;
  }
  /// From here on the leader may be deposed.
  void leave(Turn& turn) noexcept {
    // sync Lead.busy release: ends the leader's use of what the lead guards; pairs with acquire in depose().
    turn.busy.store(0, std::memory_order_release);
  }
  /// Between leave() and enter(): the leader is looking, and not stopped.
  void beat(Turn& turn) noexcept { turn.beats.store(turn.beats.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

  /// Threads that wait for the lead, those left out that are just about to. Threads: the leader.
  [[nodiscard]] std::uint32_t waiting() const noexcept { return standing_by_.load(std::memory_order_seq_cst) + sleepers_.load(std::memory_order_seq_cst); }
  /// The leader sleeps, or does not any more: whoever stands by may sleep too.
  void idle(bool asleep) noexcept { idle_.store(asleep, std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t kNobody = 0;
  static constexpr unsigned kIndexBits = 24;

  bool try_take(Turn& turn, std::uint64_t from) noexcept {
    const std::uint64_t number = (turn.taken + 1) << kIndexBits | turn.index;
    // sync Lead.leader acquire: what the former leader knew is seen; pairs with release in pass(). seq_cst, the look too: ordered after the announcements in wait().
    if (leader_.load(std::memory_order_seq_cst) != from || !leader_.compare_exchange_strong(from, number, std::memory_order_seq_cst)) return false;
    turn.number = number;
    ++turn.taken;
    return true;
  }
  void wait(Turn& turn) noexcept;
  bool stand_by(Turn& turn) noexcept;
  bool depose(Turn& turn, std::uint64_t leader) noexcept;
  void wake_one() noexcept;
  [[nodiscard]] Turn& turn_of(std::uint64_t number) const noexcept { return turns_[number & ((std::uint64_t{1} << kIndexBits) - 1)]; }

  const std::unique_ptr<Turn[]> turns_;
  std::atomic<std::uint64_t> leader_{kNobody};  // the number of the lead that is taken
  std::atomic<bool> idle_{false};
  std::atomic<std::uint32_t> standing_by_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> wakes_{0};  // the sleepers' futex
};

}  // namespace shmidl::rpc
