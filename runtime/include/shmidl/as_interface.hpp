// From any object, an IBinder, to what it implements.
#pragma once

#include <memory>
#include <utility>

#include <shmidl/object.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/tables.hpp>

namespace shmidl {

namespace stub {
/// The object as one that implements the interface: itself, or its only proxy of that interface. Errors: as try_as_interface().
Result<std::shared_ptr<Object>> as_interface(std::shared_ptr<Object> object, const Interface& interface) noexcept;
}  // namespace stub

/// An object that came as an IBinder, as what it is: one of this process's own is itself, one of a peer's is its proxy of that interface, the same each
/// time. A null pointer stays one. Versions may differ as everywhere: a method that does not fit says so when it is called.
///
/// Threads:  any.
/// Errors:   Errc::schema_mismatch, with both names, if the object implements another interface; Errc::no_resources.
template <class Served>
[[nodiscard]] Result<std::shared_ptr<Served>> try_as_interface(std::shared_ptr<Object> object) noexcept {
  const stub::Interface& interface = stub::interface_of<Served>();
  auto found = stub::as_interface(std::move(object), interface);
  if (!found) return found.error();
  if (*found == nullptr) return std::shared_ptr<Served>();
  void* const derived = interface.object->derived(found->get());
  return std::shared_ptr<Served>(std::move(*found), static_cast<Served*>(derived));
}

/// The same; throws its errors.
template <class Served>
[[nodiscard]] std::shared_ptr<Served> as_interface(std::shared_ptr<Object> object) {
  return try_as_interface<Served>(std::move(object)).value();
}

}  // namespace shmidl
