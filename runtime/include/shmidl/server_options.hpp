// What a user may say about a server; every member has a default.
#pragma once

#include <cstddef>
#include <string_view>

#include <shmidl/options.hpp>
#include <shmidl/stub/function.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl {

/// Options of a server.
struct ServerOptions {
  /// Threads that run handlers, the one in `run()` among them; with 1, one call at a time.
  unsigned threads = 1;
  /// With several threads: told of an `@Inline` handler, by the IDL names of interface and method, that keeps the thread which looks for calls for
  /// longer than `slow_inline_after`; once for each such call, while it runs. Unset: nobody looks. Threads: the process's watcher: must not block.
  std::function<void(std::string_view interface, std::string_view method)> on_slow_inline = {};
  /// At twice this time at the latest such a handler is told of. Chosen, not measured.
  std::chrono::nanoseconds slow_inline_after = std::chrono::milliseconds(10);
  /// How the server waits for calls.
  Wait wait = Wait::adaptive;
  /// Who may connect; unset: only the server's own uid and root. Runs on the process's watcher thread: must not block.
  std::function<bool(const Caller&)> allow = {};
  /// Who may call which method, by the IDL names of interface and method; unset: who may connect. A oneway call that is refused is dropped. Threads: those that run handlers.
  std::function<bool(const Caller&, std::string_view interface, std::string_view method)> allow_call = {};
  /// Whether the caller has a permission that `@EnforcePermission` names; unset: nobody has any. Threads: those that run handlers.
  std::function<bool(const Caller&, std::string_view permission)> check_permission = {};
  /// Connections at one time; the next one is refused with Errc::overloaded.
  std::size_t max_clients = 4096;
  /// How many of these one uid may have; the server's own uid and root may have all. Its next one is refused with Errc::overloaded.
  std::size_t max_clients_per_uid = 256;
  /// Streams that one client may read at a time; the next one is refused with Errc::overloaded.
  std::size_t max_streams = 64;
  /// The most memory that one client may hand to this server, in bytes.
  std::size_t max_client_bytes = std::size_t{256} << 20;
  /// The most memory that this server hands to one client, in bytes.
  std::size_t max_own_bytes = std::size_t{256} << 20;
  /// The most blobs of one client that this server may hold at a time; each takes a descriptor.
  std::size_t max_client_blobs = 256;
  /// Their bytes together.
  std::size_t max_client_blob_bytes = std::size_t{1} << 30;
};

}  // namespace shmidl
