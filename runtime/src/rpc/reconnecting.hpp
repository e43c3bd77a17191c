// A client that outlives its server: what it is connected with now, and how it finds the next one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include <shmidl/options.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

#include "os/clock.hpp"
#include "os/fork.hpp"
#include "os/service_dir.hpp"
#include "rpc/biased_lock.hpp"

namespace shmidl::rpc {

class ClientLoop;
class Stopping;

/// Lifetime: that of the client's Target. What calls took from it lives on until they have ended.
/// Threads:  any. One at a time connects; the others wait for what it finds.
class Reconnecting {
 public:
  Reconnecting(os::Place place, const stub::Interface& interface, const ClientOptions& options, stub::TargetRef first);
  Reconnecting(const Reconnecting&) = delete;
  Reconnecting& operator=(const Reconnecting&) = delete;
  ~Reconnecting();

  [[nodiscard]] const stub::Interface& interface() const noexcept { return interface_; }
  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] bool forked() const noexcept { return process_mark_ != os::process_mark(); }

  /// What it is connected with, dead or alive; never none.
  [[nodiscard]] stub::TargetRef current() noexcept;
  /// The same if calls go there; else none.
  [[nodiscard]] stub::TargetRef alive() noexcept;

  /// How long a call goes on trying to connect.
  struct Patience {
    os::Deadline until;
    bool is_deadline = false;  ///< of the call: after it nothing is tried
    os::Deadline soon = os::Deadline::never();  ///< when to give up for now
    const Stopping* stopping = nullptr;
  };
  /// That of a call without a deadline, from now on.
  [[nodiscard]] Patience patience() const noexcept { return {os::Deadline::in(options_.connect_timeout)}; }

  /// One that is alive; connects if there is none. Where `until` is no call's deadline there is one try at least.
  /// Errors: those of meet(); would_block when it is given up for now; cancelled; forked.
  Result<stub::TargetRef> ready(const Patience& patience);
  /// No further call goes there: it drains, or is about to end.
  void leave(const stub::Target& target) noexcept;
  /// As LinkHandle::close(): from here on calls end with Errc::cancelled.
  void close() noexcept;

  /// When a loop is to look whether it can connect.
  [[nodiscard]] os::TimePoint next_try() noexcept;
  /// What of this client runs in an event loop; made when it is first asked for. Errors (thrown): no_resources, forked.
  [[nodiscard]] std::shared_ptr<ClientLoop> loop();

  /// A random number for a call that is made; never 0.
  [[nodiscard]] std::uint64_t next_call() noexcept;

 private:
  Result<stub::TargetRef> try_once(os::Deadline deadline) noexcept;
  void exchange(stub::TargetRef& fresh) noexcept;
  void delay_next_try() noexcept;

  const os::Place place_;
  const stub::Interface& interface_;
  const ClientOptions options_;
  const std::uint32_t process_mark_ = os::process_mark();
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<bool> closed_{false};

  BiasedLock current_lock_;  // guards what follows
  stub::TargetRef current_;

  std::mutex loop_mutex_;  // guards what follows, which follows each change of current_
  std::shared_ptr<ClientLoop> loop_;

  std::mutex mutex_;  // guards what follows; not held while somebody connects
  std::condition_variable changed_;
  bool connecting_ = false;
  os::TimePoint next_try_{};  // not before
  std::chrono::nanoseconds delay_{};
  std::uint64_t tries_ = 0;   // that failed
  std::optional<Error> last_error_;
};

}  // namespace shmidl::rpc
