// Serving objects under a name.
#pragma once

#include <memory>
#include <string_view>

#include <shmidl/object.hpp>
#include <shmidl/server_options.hpp>
#include <shmidl/stub/call.hpp>

namespace shmidl {

namespace rpc {
class ServerEngine;
}

/// One name, one server: the only one of its name in its service directory until it ends.
class Server {
 public:
  /// Takes the name; clients that connect from now on wait until run(). Errors (thrown): name_in_use, permission_denied, bad_address, no_resources.
  explicit Server(std::string_view name, const ServerOptions& options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Ends the connections of all clients and gives up the name. run() must have returned.
  ~Server();

  /// Serves `object`, which must outlive the server. Once for each interface, before run(); a second of the same interface throws std::invalid_argument.
  void serve(Object& object);
  void serve(std::shared_ptr<Object> object);

  /// Runs handlers on this thread and ServerOptions::threads - 1 more, until stop(). Calls that run when stop() comes are completed.
  void run();

  /// Makes run() return. Threads: any; also a handler's. May come before run(), which then returns at once.
  void stop() noexcept;

 private:
  std::unique_ptr<rpc::ServerEngine> engine_;
};

/// The call that the current thread is serving.
class ThisCall {
 public:
  /// Who calls.
  [[nodiscard]] Caller caller() const noexcept;
  [[nodiscard]] uid_t uid() const noexcept { return caller().uid; }
  [[nodiscard]] gid_t gid() const noexcept { return caller().gid; }
  [[nodiscard]] pid_t pid() const noexcept { return caller().pid; }

  /// A writable Array in memory that the caller reads in place, numbers in it not initialised; return it, or put it into a result, and nothing is copied.
  template <class T>
  [[nodiscard]] Array<T> allocate(std::size_t count) const {
    return stub::new_arena_array<T>(*link_, count);
  }

 private:
  friend ThisCall this_call();
  explicit ThisCall(stub::Link& link) noexcept : link_(&link) {}
  stub::Link* link_;
};

/// In a handler: the call it serves. Elsewhere: throws std::logic_error.
ThisCall this_call();

}  // namespace shmidl
