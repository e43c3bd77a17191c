// Finding a server by name and holding the connection.
#pragma once

#include <memory>
#include <string_view>

#include <shmidl/options.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl {

namespace stub {
/// Connects to `address` and agrees with it on `interface`; throws Error.
ClientLink open(std::string_view address, const Interface& interface, const ClientOptions& options);
}  // namespace stub

/// Connects to the server at `address`: "arith", "shm:arith" or "shm:/path/arith.sock".
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

 private:
  stub::TargetRef target_;
};

template <class C>
[[nodiscard]] LinkHandle link(C& client) noexcept {
  return LinkHandle(stub::ClientAccess::target(client));
}

}  // namespace shmidl
