// New clients: accepted, asked for their hello, checked, and handed to the server's threads. All on the watcher's thread, none waited for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/fork.hpp"
#include "os/listener.hpp"
#include "rpc/registry.hpp"
#include "rpc/watcher.hpp"

namespace shmidl::rpc {

/// Clients that have connected and not said hello, at one time; for one more the oldest makes room. Chosen, not measured.
inline constexpr std::size_t kMaxArrivals = 64;
/// How long a client may take to say hello. Chosen, not measured.
inline constexpr std::chrono::seconds kHelloPatience{5};

class Arrival;

class Acceptor final : public Watched, public std::enable_shared_from_this<Acceptor> {
 public:
  /// Without a listener clients come by take() alone.
  Acceptor(std::shared_ptr<Registry> registry, std::optional<os::Listener> listener) : registry_(std::move(registry)), listener_(std::move(listener)) {}

  /// Begins to accept. Errors: no_resources.
  Result<void> start();
  /// Ends accepting and gives the name up. ServerOptions::allow is not called afterwards.
  void close() noexcept;
  /// A client of this process, by its end of a pair of sockets; it waits until start(). Errors: not_found after close(); overloaded; no_resources. Threads: any.
  Result<void> take(Fd socket);

  void on_ready(std::uint64_t tag) noexcept override;
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

  /// An arrival is over. Threads: the watcher's.
  void forget(std::uint64_t number) noexcept;

 private:
  using Arrivals = std::map<std::uint64_t, std::shared_ptr<Arrival>>;  // the oldest first

  Result<void> take_in(Fd socket);
  bool try_take_in(Fd socket) noexcept;
  /// Whether the caller may come in; nothing after close().
  std::optional<bool> ask(const Caller& caller) noexcept;
  void pause(std::chrono::milliseconds duration) noexcept;  // with mutex_

  const std::shared_ptr<Registry> registry_;
  std::mutex hook_mutex_;  // held while ServerOptions::allow runs; before mutex_
  std::mutex mutex_;  // guards what follows; close() comes from another thread than the watcher's
  std::optional<os::Listener> listener_;
  std::uint64_t registration_ = 0;
  bool started_ = false;
  bool closed_ = false;
  std::vector<Fd> waiting_;     // clients of this process
  bool ticking_ = false;
  os::TimePoint expiry_{};      // while ticking_: when the next look at the arrivals comes
  std::uint64_t next_arrival_ = 1;
  Arrivals arrivals_;
};

/// One client before its hello.
class Arrival final : public Watched, public std::enable_shared_from_this<Arrival> {
 public:
  Arrival(std::weak_ptr<Acceptor> acceptor, std::uint64_t number, std::shared_ptr<Registry> registry, Fd socket, const Caller& caller)
      : acceptor_(std::move(acceptor)), number_(number), registry_(std::move(registry)), socket_(std::move(socket)), caller_(caller) {}
  ~Arrival() override;

  Result<void> start();
  [[nodiscard]] os::TimePoint since() const noexcept { return since_; }

  void on_ready(std::uint64_t tag) noexcept override;
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

 private:
  Result<std::shared_ptr<stub::Link>> meet();

  const std::weak_ptr<Acceptor> acceptor_;
  const std::uint64_t number_;
  const std::shared_ptr<Registry> registry_;
  Fd socket_;
  const Caller caller_;
  const os::TimePoint since_ = os::Clock::now();
  const std::uint32_t process_mark_ = os::process_mark();
  std::uint64_t registration_ = 0;
};

}  // namespace shmidl::rpc
