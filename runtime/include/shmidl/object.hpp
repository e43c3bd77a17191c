// The root of every generated interface class.
#pragma once

namespace shmidl {

namespace rpc {
class Serial;
}

namespace stub {
struct Interface;
struct Storage;
void end_turns(Storage* serial) noexcept;
}  // namespace stub

/// What every interface derives from: implementations, clients, and anything that will be handed over a connection.
class Object {
 public:
  Object() = default;
  virtual ~Object() {
    if (shmidl_turns_ != nullptr) stub::end_turns(shmidl_turns_);
  }

  /// The tables of the interface that this object implements. Lifetime: the whole program.
  [[nodiscard]] virtual const stub::Interface& shmidl_interface() const noexcept = 0;

 protected:
  // A copy is another object, which has turns of its own.
  Object(const Object&) noexcept {}
  Object& operator=(const Object&) noexcept { return *this; }

 private:
  friend class rpc::Serial;
  mutable stub::Storage* shmidl_turns_ = nullptr;  // of a @Serial one, once it was served or handed over; a plain word, as those of Storage
};

}  // namespace shmidl
