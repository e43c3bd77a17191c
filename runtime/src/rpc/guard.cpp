#include "rpc/guard.hpp"

#include <exception>
#include <new>
#include <string>

namespace shmidl::rpc {

namespace {

std::string named(const Caller& caller, const stub::Interface& interface, const stub::MethodInfo& method) {
  return "uid " + std::to_string(caller.uid) + " (pid " + std::to_string(caller.pid) + ") may not call `" + std::string(interface.name) + "." +
         std::string(method.name) + "`";
}

Error denied(const std::string& text) { return Error(Errc::permission_denied, text, Execution::no); }

}  // namespace

const Guard& Guard::of_nobody() noexcept {
  static const Guard guard{ServerOptions{}};
  return guard;
}

std::optional<Error> Guard::refusal(const Caller& caller, const stub::Interface& interface, const stub::MethodInfo& method) const noexcept try {
  try {
    if (allow_call_ && !allow_call_(caller, interface.name, method.name)) return denied(named(caller, interface, method));
    if ((method.traits & stub::kGuarded) == 0) return std::nullopt;
    return missing_permission(caller, interface, method);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return denied(named(caller, interface, method) + ": the server's check failed: " + error.what());
  } catch (...) {
    return denied(named(caller, interface, method) + ": the server's check failed");
  }
} catch (...) {
  return Error(Errc::permission_denied);
}

std::optional<Error> Guard::missing_permission(const Caller& caller, const stub::Interface& interface, const stub::MethodInfo& method) const {
  if (!check_permission_) {
    return denied(named(caller, interface, method) + ": it needs a permission, and the server checks none; set ServerOptions::check_permission");
  }
  const bool any = (method.traits & stub::kAnyPermission) != 0;
  std::string missing;
  for (const std::string_view permission : method.permissions) {
    if (check_permission_(caller, permission)) {
      if (any) return std::nullopt;
    } else {
      missing += (missing.empty() ? "`" : any ? "` or `" : "` and `") + std::string(permission);
    }
  }
  if (missing.empty()) return std::nullopt;
  return denied(named(caller, interface, method) + ": it lacks the permission " + missing + "`");
}

}  // namespace shmidl::rpc
