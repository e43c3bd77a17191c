// A call of a client that reconnects: the same call on one connection after the other, until it ends for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <shmidl/options.hpp>
#include <shmidl/stub/call.hpp>

#include "os/clock.hpp"
#include "rpc/reconnecting.hpp"

namespace shmidl::rpc {

/// As a stub::Call, for which it stands. What it sends again is the frame that its caller wrote: the body from where it stands, arrays and what
/// is attached from the caller's arguments, of an asynchronous call from copies that are made when it is published.
///
/// Lifetime: keeps the client's Target, which may otherwise end in a call back that runs while this waits.
/// Threads:  one at a time.
class RepeatedCall {
 public:
  RepeatedCall(stub::Target& client, std::uint32_t method, const CallOptions* options, bool parked) noexcept;
  RepeatedCall(const RepeatedCall&) = delete;
  RepeatedCall& operator=(const RepeatedCall&) = delete;
  ~RepeatedCall();

  void note_try() noexcept { ++resends_; }
  [[nodiscard]] std::byte* begin(const stub::Measure& measure) noexcept;
  [[nodiscard]] bool publish(bool complete) noexcept;
  [[nodiscard]] bool wait() noexcept;
  [[nodiscard]] bool wait_until(os::TimePoint until) noexcept;
  void cancel() noexcept;
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] os::TimePoint deadline() const noexcept;
  void ask_for_ring() noexcept;
  [[nodiscard]] const stub::StopHolder* stop() const noexcept { return stop_ ? &stop_ : nullptr; }
  /// As stub::Pending::settle(): never waits.
  [[nodiscard]] bool settle() noexcept;
  [[nodiscard]] stub::Frame& reply() noexcept { return try_.call->reply(); }
  Error malformed() noexcept { return joined(try_.call->malformed()); }
  [[nodiscard]] Error error() const noexcept;

  /// What an error of one try says of the next: whether the call may be made again. `left`: its connection has ended by the peer's end, or drains.
  [[nodiscard]] static bool is_repeatable(const Error& error, const stub::Target& over, bool is_idempotent) noexcept;

 private:
  /// One connection's part. The call ends before its target.
  struct Try {
    stub::TargetRef target;
    std::unique_ptr<stub::Call> call;
    void reset() noexcept {
      call.reset();
      target = {};
    }
  };
  /// The arguments of a call whose caller went on.
  struct Kept;

  bool fail(const Error& why) noexcept;
  [[nodiscard]] Error joined(const Error& error) const noexcept;
  [[nodiscard]] Error unreachable(const Error& why) const noexcept;
  /// After a try that failed: true if there is to be another one.
  bool repeats(const Error& error) noexcept;
  enum class Sent : std::uint8_t { yes, no, not_yet };
  /// Connects, begins a try, and copies the body. `no`: the call has ended; `not_yet`: `soon` came first.
  Sent send_again(os::Deadline soon) noexcept;
  /// Begins a try; null if there is none, and `error` says why.
  std::byte* open(os::Deadline soon, std::optional<Error>& error) noexcept;

  const stub::TargetRef keeper_;
  Reconnecting& reconnecting_;
  const stub::Target& client_;
  const std::uint32_t method_;
  const bool parked_;
  const bool is_idempotent_;
  const std::uint64_t number_;  // 0: it is never made again after it may have run
  CallOptions options_;
  stub::StopHolder stop_;
  os::Deadline deadline_;
  Reconnecting::Patience patience_{};
  bool is_sending_ = false;       // again: the last try has failed, and the next one has no connection yet
  std::optional<bool> answered_;  // wait() of the last try has returned that
  unsigned resends_ = 0;
  Execution so_far_ = Execution::no;
  std::optional<Error> error_;
  const stub::Measure* measure_ = nullptr;  // the caller's, or that of `kept_`
  std::unique_ptr<Kept> kept_;
  const std::byte* body_ = nullptr;         // as it was written: in the memory of `source_`, or of `kept_`
  Try source_;
  Try try_;
};

}  // namespace shmidl::rpc
