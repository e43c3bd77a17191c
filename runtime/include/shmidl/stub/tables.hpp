// What a generated interface says of itself: the tables that two sides compare before the first call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <shmidl/object.hpp>

namespace shmidl::stub {

class ClientLink;
class ServerCall;

/// One field of a struct; `prefix_hash` covers this field and all before it.
struct FieldInfo {
  std::string_view name;
  std::string_view type;
  std::uint64_t prefix_hash;
};

enum class StructKind : std::uint8_t { structure = 0, tagged_union = 1 };

/// One struct or union that an interface uses. Shape: `size` and `align` in bytes on the wire; a union's fields are its members in order of tags.
struct StructInfo {
  std::string_view name;
  std::uint32_t size;
  std::uint32_t align;
  bool flat;
  std::span<const FieldInfo> fields;
  StructKind kind = StructKind::structure;
  bool frozen = false;  ///< @FixedSize: no version has more fields
};

// MethodInfo::traits.
inline constexpr std::uint8_t kIdempotent = 1;      ///< @Idempotent: may be executed more than once
inline constexpr std::uint8_t kRunsOnArrival = 2;   ///< @Inline: on the thread that received it
inline constexpr std::uint8_t kGuarded = 4;         ///< @EnforcePermission
inline constexpr std::uint8_t kAnyPermission = 8;   ///< one of its permissions is enough
inline constexpr std::uint8_t kHandsOver = 16;      ///< something in it is an object, a descriptor, a blob, a stream, or of a type of the user's own

/// One method; its place in Interface::methods is the number that calls carry.
struct MethodInfo {
  std::uint32_t id;
  std::string_view name;
  std::string_view signature;
  std::uint64_t hash;
  bool oneway;
  std::span<const std::uint16_t> structs;
  std::uint32_t deadline_ms = 0;  ///< @Deadline: in force where neither the call nor the client brings a timeout; 0: none
  std::uint8_t traits = 0;
  std::span<const std::string_view> permissions = {};  ///< all of which the caller must have, unless kAnyPermission
};

/// How pointers to objects of an interface come and go where only its name is declared.
struct ObjectType {
  Object* (*base)(void* object) noexcept;            ///< of a T*
  void* (*derived)(Object* object) noexcept;         ///< a T*
  Object* (*make_client)(ClientLink&& link);         ///< owned by the caller
};

/// Of a generated interface, where its class and its Client are defined.
template <class T>
inline constexpr ObjectType kObjectType{[](void* object) noexcept -> Object* { return static_cast<T*>(object); },
                                        [](Object* object) noexcept -> void* { return static_cast<T*>(object); },
                                        [](ClientLink&& link) -> Object* { return new typename T::Client(static_cast<ClientLink&&>(link)); }};

/// One interface. Lifetime: static. Two with equal fingerprints are identical.
struct Interface {
  std::string_view name;
  std::uint64_t fingerprint;
  std::span<const MethodInfo> methods;
  std::span<const StructInfo> structs;
  void (*dispatch)(Object& object, std::uint32_t method, ServerCall& call);
  bool serial = false;                 ///< @Serial: an object's calls run one at a time
  const ObjectType* object = nullptr;  ///< null: its objects are not handed over
};

/// The tables of an interface; specialised by its generated code.
template <class Served>
const Interface& interface_of() noexcept;

}  // namespace shmidl::stub
