// Finding a server by name and holding the connection.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <shmidl/options.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/function.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl {

namespace stub {
/// Connects to `address` and agrees with it on `interface`; throws Error.
ClientLink open(std::string_view address, const Interface& interface, const ClientOptions& options);
}  // namespace stub

/// Connects to the server at `address`: "arith", "shm:arith" or "shm:/path/arith.sock"; "inproc:arith" is a server of this process that has no socket.
///
/// Lifetime: the connection closes when the last copy of the pointer and the last of its Futures are gone. Arrays live on.
/// Threads:  any number may call on one client.
/// Errors:   not_found, permission_denied, schema_mismatch, version_mismatch, overloaded, no_resources, bad_address, timed_out.
template <class Served>
std::shared_ptr<typename Served::Client> connect(std::string_view address, const ClientOptions& options = {}) {
  // Not make_shared, which compilers take three times as long for: this stands in every client.
  return std::shared_ptr<typename Served::Client>(new typename Served::Client(stub::open(address, stub::interface_of<Served>(), options)));
}

/// The connection of a generated client: what is not a method of its interface.
class LinkHandle {
 public:
  explicit LinkHandle(stub::TargetRef target) noexcept : target_(std::move(target)) {}

  /// Who serves: the kernel's word, taken when the connection was made.
  [[nodiscard]] Caller peer() const noexcept;

  /// Ends the connection: running calls end with Errc::cancelled, as do later ones. Threads: any.
  void close() noexcept;

  /// For an event loop: a descriptor that is readable while dispatch_ready() has something to do. It is never read.
  ///
  /// Lifetime: the connection's, which closes it.
  /// Errors:   (thrown) std::logic_error with Wait::poll; Errc::no_resources; Errc::forked.
  [[nodiscard]] int poll_fd();

  /// Runs what has come, `limit` at most, and never waits: functions given to Future::then and on_peer_death, coroutines that await a Future, and
  /// calls of the server's. How many it ran. Where some are left, poll_fd() stays readable. What they throw leaves this function; the rest is
  /// run by the next one. Threads: one at a time, in what it runs neither: std::logic_error.
  std::size_t dispatch_ready(std::size_t limit = kDispatchLimit);

  /// Does the same, and waits in between, until stop(), close(), or the server's end; by then all that waited has run. Threads: as dispatch_ready().
  void run();

  /// Makes run() return, or the next one, if none runs. Threads: any. Errors: as poll_fd().
  void stop();

  /// Has `tell` called once when the server dies, closes the connection, or breaks the protocol, with an Error that says which; not after close().
  ///
  /// Threads: the one in run() or dispatch_ready(), if there ever was one for this connection; else the watcher's, at once: then `tell` must be short
  ///          and must not throw. Any thread may call this.
  void on_peer_death(std::function<void(const Error&)> tell);

  /// What dispatch_ready() runs at most unless told: others in the loop get their turn. Chosen, not measured.
  static constexpr std::size_t kDispatchLimit = 256;

 private:
  stub::TargetRef target_;
};

template <class C>
[[nodiscard]] LinkHandle link(C& client) noexcept {
  return LinkHandle(stub::ClientAccess::target(client));
}

}  // namespace shmidl
