// The root of every generated interface class.
#pragma once

namespace shmidl {

namespace stub {
struct Interface;
}

/// What every interface derives from: implementations, clients, and anything that will be handed over a connection.
class Object {
 public:
  Object() = default;
  virtual ~Object() = default;

  /// The tables of the interface that this object implements. Lifetime: the whole program.
  [[nodiscard]] virtual const stub::Interface& shmidl_interface() const noexcept = 0;

 protected:
  Object(const Object&) = default;
  Object& operator=(const Object&) = default;
};

}  // namespace shmidl
