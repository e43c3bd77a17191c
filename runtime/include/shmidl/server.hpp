// Serving objects under a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include <shmidl/object.hpp>
#include <shmidl/server_options.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl {

namespace rpc {
class CurrentCall;
class ServerEngine;
}

/// One name, one server: the only one of its name in its service directory until it ends.
class Server {
 public:
  /// Takes the name; clients that connect from now on wait until run(). "inproc:NAME" is found in this process alone. Errors (thrown): name_in_use, permission_denied, bad_address, no_resources.
  explicit Server(std::string_view name, const ServerOptions& options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Ends the connections of all clients and gives up the name. A handler may do that to its own server: its caller gets Errc::maybe_executed, as do all
  /// others whose calls run, and run() returns when the last handler has.
  ~Server();

  /// Serves `object`, which must outlive the server. Once for each interface, before run(); a second of the same interface throws std::invalid_argument.
  void serve(Object& object);
  void serve(std::shared_ptr<Object> object);

  /// Runs handlers on this thread and ServerOptions::threads - 1 more, until stop(). Calls that run when stop() comes are completed.
  void run();

  /// Makes run() return. Threads: any; also a handler's. May come before run(), which then returns at once. In an event loop: makes poll_fd()
  /// readable once more; from then on nothing is served, and stopped() says so.
  void stop() noexcept;

  /// Makes run() return once the calls that run have ended, and makes room for a successor: gives up the name at once, tells all clients, and refuses
  /// their new calls with Errc::draining. Oneway calls that have come are run. What still runs after `timeout` has its stop token requested and loses
  /// its connection: its callers get Errc::maybe_executed, but for those whose own threads run the handlers: they get the answer. run() returns when the
  /// last handler has.
  ///
  /// Threads: any; also a handler's. May come before run(), which then returns soon. In an event loop: dispatch_ready() goes on until stopped().
  void drain(std::chrono::nanoseconds timeout) noexcept;

  /// True once nothing is served any more.
  [[nodiscard]] bool stopped() const noexcept;

  /// For an event loop: a descriptor that is readable while the server has something to do. It is never read; dispatch_ready() does that.
  ///
  /// Instead of run(): whichever of the two is called first drives the server for good; the other one throws std::logic_error.
  /// Lifetime: the server's; the server closes it.
  /// Errors:   (thrown) std::logic_error with ServerOptions::threads above 1, or Wait::poll; Errc::no_resources; Errc::forked.
  [[nodiscard]] int poll_fd();

  /// Runs handlers of calls that have come, `limit` at most, and takes in new clients; never waits. How many handlers it ran. Where some are left,
  /// poll_fd() stays readable. Threads: one at a time, not in a handler: std::logic_error.
  std::size_t dispatch_ready(std::size_t limit = kDispatchLimit);

  /// What dispatch_ready() runs at most unless told: others in the loop get their turn. Chosen, not measured.
  static constexpr std::size_t kDispatchLimit = 256;

 private:
  std::shared_ptr<rpc::ServerEngine> engine_;
};

/// The call that the current thread is serving.
class ThisCall {
 public:
  /// Who calls.
  [[nodiscard]] Caller caller() const noexcept;
  [[nodiscard]] uid_t uid() const noexcept { return caller().uid; }
  [[nodiscard]] gid_t gid() const noexcept { return caller().gid; }
  [[nodiscard]] pid_t pid() const noexcept { return caller().pid; }

  /// When the caller stops waiting; nothing if it waits until the answer comes. Calls made by this thread until then end by then, too.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> deadline() const noexcept;
  /// A random number that is the same each time that the caller's library sends this call: of an `@Idempotent` method, from a client that reconnects.
  /// A service that remembers the ids of calls it has executed recognises one that comes a second time. Of all other calls 0: they come once.
  [[nodiscard]] std::uint64_t id() const noexcept;

  /// Requested when the caller gives the call up, closes the connection or dies, or the deadline passes; of a oneway call, never.
  ///
  /// Threads: std::stop_callbacks run on the one that requests, mostly the process's watcher: they must not block.
  /// Errors:  thrown; no_resources, std::bad_alloc.
  [[nodiscard]] std::stop_token stop_token() const;

  /// A writable Array in memory that the caller reads in place, numbers in it not initialised; return it, or put it into a result, and nothing is copied.
  template <class T>
  [[nodiscard]] Array<T> allocate(std::size_t count) const {
    return stub::new_arena_array<T>(*link_, count);
  }

 private:
  friend ThisCall this_call();
  explicit ThisCall(rpc::CurrentCall& call) noexcept;
  rpc::CurrentCall* call_;
  stub::Link* link_;
};

/// In a handler: the call it serves. Elsewhere: throws std::logic_error.
ThisCall this_call();

}  // namespace shmidl
