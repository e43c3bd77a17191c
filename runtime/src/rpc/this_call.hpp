// Which call the current thread is serving.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>

#include "os/clock.hpp"
#include "rpc/thread_memory.hpp"

namespace shmidl::stub {
class Link;
}

namespace shmidl::rpc {

class Serial;

/// What a call has whose handler asked for a stop token.
struct HandlersStop {
  std::stop_source source;
  std::uint32_t sequence = 0;  ///< of the request
  bool listens = false;        ///< the watcher reads the socket of a link in a loop
  bool ticks = false;          ///< the watcher looks at the deadline; guarded by the mutex of Stops
};

/// Marks, for its lifetime, that the current thread serves a call of `link`. Nests. Threads: that thread; Stops reads what its mutex guards.
class CurrentCall {
 public:
  static constexpr std::uint32_t kOneway = 0xffff'ffffu;  ///< stands where a lane's number does
  static constexpr std::uint32_t kDirect = 0xffff'fffeu;  ///< the same: of a call on its caller's own thread
  static constexpr std::uint32_t kStream = 0xffff'fffdu;  ///< the same: a StreamTurn

  /// `id`: the link's; `awaited`: a thread waits for the reply, and does nothing else.
  CurrentCall(stub::Link& link, std::uint64_t id, std::uint32_t lane, os::Deadline deadline, bool awaited = false) noexcept
      : link_(link), id_(id), lane_(lane), deadline_(deadline), awaited_(awaited), outer_(std::exchange(thread_memory.serving, this)) {}
  CurrentCall(const CurrentCall&) = delete;
  CurrentCall& operator=(const CurrentCall&) = delete;
  ~CurrentCall() {
    thread_memory.serving = outer_;
    if (stop_) [[unlikely]] forget_stop();
  }

  [[nodiscard]] stub::Link& link() const noexcept { return link_; }
  [[nodiscard]] std::uint32_t lane() const noexcept { return lane_; }
  [[nodiscard]] os::Deadline deadline() const noexcept { return deadline_; }

  [[nodiscard]] bool is_awaited() const noexcept { return awaited_; }
  [[nodiscard]] CurrentCall* outer() const noexcept { return outer_; }

  /// The innermost call of a link that this thread serves; null: none.
  static CurrentCall* of(std::uint64_t link) noexcept {
    CurrentCall* call = thread_memory.serving;
    while (call != nullptr && call->id_ != link) call = call->outer_;
    return call;
  }

  std::uint16_t depth = 0;  ///< so many calls wait for the end of this one
  bool turn = false;        ///< of the last notice to its caller
  bool numbered = false;    ///< it is a NumberedCall
  /// True if this call, or one that waits for its end on this thread, has the object's turn.
  [[nodiscard]] bool has_turn(const Serial& serial) const noexcept;

  /// Made when it is first asked for. With `at_deadline`, it is requested then, too. Throws std::bad_alloc.
  [[nodiscard]] std::stop_token stop_token(bool at_deadline);

 private:
  friend class Stops;
  void forget_stop() noexcept;

  stub::Link& link_;
  const std::uint64_t id_;
  const std::uint32_t lane_;
  const os::Deadline deadline_;
  const bool awaited_;
  CurrentCall* const outer_;
  std::optional<HandlersStop> stop_;  // written by this thread before Stops knows of this call
};

/// One that may bring a number, which is the same each time that its caller sends it, and may be of an object that was handed over.
class NumberedCall final : public CurrentCall {
 public:
  NumberedCall(stub::Link& link, std::uint64_t id, std::uint32_t lane, os::Deadline deadline, bool awaited = false) noexcept
      : CurrentCall(link, id, lane, deadline, awaited) {
    numbered = true;
  }
  void set_number(std::uint64_t to) noexcept { number_ = to; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  const Serial* turn = nullptr;  ///< that it has; null: none

 private:
  std::uint64_t number_ = 0;
};

}  // namespace shmidl::rpc
