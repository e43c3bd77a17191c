// New clients: accepted, asked for their hello, checked, and handed to the server's threads. All on the watcher's thread, none waited for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <shmidl/fd.hpp>
#include <shmidl/result.hpp>

#include "os/listener.hpp"
#include "rpc/registry.hpp"
#include "rpc/watcher.hpp"

namespace shmidl::rpc {

/// Clients that have connected and not said hello, at one time; the next one waits in the socket's queue. Chosen, not measured.
inline constexpr std::size_t kMaxArrivals = 64;
/// How long a client may take to say hello. Chosen, not measured.
inline constexpr std::chrono::seconds kHelloPatience{5};

class Arrival;

class Acceptor final : public Watched, public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<Registry> registry, os::Listener listener) : registry_(std::move(registry)), listener_(std::move(listener)) {}

  /// Begins to accept. Errors: no_resources.
  Result<void> start();
  /// Ends accepting and gives the name up.
  void close() noexcept;

  void on_ready(std::uint64_t tag) noexcept override;
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

  /// An arrival is over. Threads: the watcher's.
  void forget(const Arrival* arrival) noexcept;

 private:
  void pause_locked() noexcept;

  const std::shared_ptr<Registry> registry_;
  std::mutex mutex_;  // guards what follows; close() comes from another thread than the watcher's
  os::Listener listener_;
  std::optional<std::uint64_t> registration_;
  bool closed_ = false;
  std::map<const Arrival*, std::shared_ptr<Arrival>> arrivals_;
};

/// One client before its hello.
class Arrival final : public Watched, public std::enable_shared_from_this<Arrival> {
 public:
  Arrival(std::weak_ptr<Acceptor> acceptor, std::shared_ptr<Registry> registry, Fd socket)
      : acceptor_(std::move(acceptor)), registry_(std::move(registry)), socket_(std::move(socket)) {}
  ~Arrival() override;

  Result<void> start();
  /// Says why not, and ends.
  void refuse(const Error& error) noexcept;

  void on_ready(std::uint64_t tag) noexcept override;
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

 private:
  Result<std::shared_ptr<stub::Link>> meet();
  void done() noexcept;

  const std::weak_ptr<Acceptor> acceptor_;
  const std::shared_ptr<Registry> registry_;
  Fd socket_;
  std::optional<std::uint64_t> registration_;
  bool admitted_ = false;
};

}  // namespace shmidl::rpc
