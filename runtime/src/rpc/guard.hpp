// Which calls a server lets in: the hooks of ServerOptions, asked before the handler.
#pragma once

#include <optional>

#include <shmidl/error.hpp>
#include <shmidl/server_options.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl::rpc {

/// Threads: immutable once made; the user's hooks run on the threads that serve.
class Guard {
 public:
  explicit Guard(const ServerOptions& options) : allow_call_(options.allow_call), check_permission_(options.check_permission) {}

  /// One without hooks: it refuses what needs a permission.
  [[nodiscard]] static const Guard& of_nobody() noexcept;

  /// True if every call must be looked at, not only those of methods with @EnforcePermission.
  [[nodiscard]] bool asks_always() const noexcept { return static_cast<bool>(allow_call_); }

  /// Why `caller` may not call the method; nothing if it may. A hook that throws has said no.
  [[nodiscard]] std::optional<Error> refusal(const Caller& caller, const stub::Interface& interface, const stub::MethodInfo& method) const noexcept;

 private:
  [[nodiscard]] std::optional<Error> missing_permission(const Caller& caller, const stub::Interface& interface, const stub::MethodInfo& method) const;

  const std::function<bool(const Caller&, std::string_view, std::string_view)> allow_call_;
  const std::function<bool(const Caller&, std::string_view)> check_permission_;
};

}  // namespace shmidl::rpc
