#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <shmidl/as_interface.hpp>

#include "rpc/any_object.hpp"
#include "rpc/target.hpp"

namespace shmidl::stub {

static Error other_interface(std::string_view is, const Interface& wanted) {
  if (is == wanted.name) return Error(Errc::schema_mismatch, "the object is of another definition of `" + std::string(is) + "`");
  return Error(Errc::schema_mismatch, "the object is a `" + std::string(is) + "`, not a `" + std::string(wanted.name) + "`");
}

Result<std::shared_ptr<Object>> as_interface(std::shared_ptr<Object> object, const Interface& interface) noexcept try {
  if (object == nullptr || &object->shmidl_interface() == &interface) return object;
  const auto* const any = dynamic_cast<const rpc::AnyObject*>(object.get());
  if (any == nullptr) return other_interface(object->shmidl_interface().name, interface);
  const RemoteObject& remote = any->link().target().remote();
  if (!remote.among->has_interface(remote.number, interface.name)) return other_interface(remote.among->interface_name(remote.number), interface);
  return remote.among->proxy(remote.number, &interface);
} catch (const Error& error) {
  return error;
} catch (const std::bad_alloc&) {
  return Error(Errc::no_resources, "memory ran out while a proxy was made");
}

}  // namespace shmidl::stub
