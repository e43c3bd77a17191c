// The calls that a link serves and whose callers may give them up: who asked for a stop token, and what was cancelled.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <shmidl/error.hpp>

#include "os/clock.hpp"
#include "rpc/this_call.hpp"
#include "rpc/watcher.hpp"
#include "shm/layout.hpp"

namespace shmidl::rpc {

/// Lifetime: its link's, and the watcher's callbacks. Threads: any. What is registered as a stop_callback runs on the thread that requests, without
/// a lock of this class's.
class Stops final : public Watched, public std::enable_shared_from_this<Stops> {
 public:
  /// A handler wants to know; until remove(). Throws std::bad_alloc.
  void add(CurrentCall& call);
  /// The call's deadline counts too. Throws Error.
  void tick(CurrentCall& call);
  void remove(const CurrentCall& call) noexcept;

  /// The caller gave up request `sequence` of `lane`. `taken` is read twice: the number of the request that was taken last in that lane.
  void cancel(std::uint32_t lane, std::uint32_t sequence, Errc why, const std::uint32_t& taken) noexcept;
  /// True if a request may have been given up before it was taken.
  [[nodiscard]] bool any_early() const noexcept { return early_.load(std::memory_order_seq_cst) != 0; }
  /// Why the request that was just taken was given up before; nothing if it was not.
  [[nodiscard]] std::optional<Errc> given_up(std::uint32_t lane, std::uint32_t sequence) noexcept;
  /// The link has ended: nobody wants an answer. Oneway calls go on: their senders never wanted one.
  void end() noexcept;

  void on_ready(std::uint64_t) noexcept override {}
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

 private:
  /// What is known of a lane: its call `sequence` was given up.
  struct Note {
    enum class State : std::uint8_t { none, early, taken } state = State::none;
    Errc why = Errc::cancelled;
    std::uint32_t sequence = 0;
  };

  /// Requests a stop of all calls for which `wants` holds.
  template <class F>
  void request(F&& wants) noexcept;
  void set_state(Note& note, Note::State state) noexcept;

  std::mutex mutex_;  // guards what follows; not held while a stop is requested
  std::vector<CurrentCall*> calls_;
  std::array<Note, shm::kLanes> notes_;
  bool ended_ = false;
  std::atomic<std::uint32_t> early_{0};  // notes of that state; written with the mutex
};

}  // namespace shmidl::rpc
