// The codec of objects: an interface as an argument, a result, or part of one.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include <shmidl/object.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// Makes a client of the interface that it is for.
using MakeProxy = std::shared_ptr<Object> (*)(ClientLink link);

/// Names an object in the frame that is measured, which keeps it; throws Error.
void measure_object(Measure& measure, std::shared_ptr<Object> object);
/// True if the object of a claimed handle has this interface; null: any.
[[nodiscard]] bool implements(const Frame& frame, std::uint32_t handle, const Interface* interface) noexcept;
/// The object of a claimed handle that implements() said to have the interface: the original if it is this process's own, else the only proxy
/// of this interface for it; throws std::bad_alloc. `make` null: a proxy without methods.
[[nodiscard]] std::shared_ptr<Object> object_of(const Frame& frame, std::uint32_t handle, const Interface* interface, MakeProxy make);

/// A handle to an object: 8 bytes, 1 + its place in the frame's table, zero when it is absent.
template <class T>
struct Wire<std::shared_ptr<T>> {
  using View = std::shared_ptr<T>;
  static constexpr std::uint32_t size = 8;
  static constexpr std::uint32_t align = 4;
  static constexpr bool fixed = false;  // so that measure() sees every value before it is sent

  static const View& of(const View& value) noexcept { return value; }
  static View own(const View& view) noexcept { return view; }
  static void measure(Measure& measure, const View& view) {
    if (view != nullptr) measure_object(measure, view);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) noexcept {
    const std::uint64_t handle = view == nullptr ? 0 : writer.attach_object(static_cast<const Object*>(view.get()));
    writer.put(at, &handle, sizeof handle);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const auto handle = load<std::uint64_t>(at);
    if (handle == 0) return true;
    return handle <= kMaxExternals + kMaxAttachments && frame.claim_attachment(static_cast<std::uint32_t>(handle), External::Kind::object) &&
           implements(frame, static_cast<std::uint32_t>(handle), table());
  }
  static View view(const Frame& frame, const std::byte* at) {
    const auto handle = load<std::uint32_t>(at);
    if (handle == 0) return nullptr;
    if constexpr (std::is_same_v<T, Object>) {
      return object_of(frame, handle, nullptr, nullptr);
    } else {
      return std::static_pointer_cast<T>(object_of(frame, handle, table(), [](ClientLink link) -> std::shared_ptr<Object> {
        return std::make_shared<typename T::Client>(std::move(link));
      }));
    }
  }
  static View value(const Frame& frame, const std::byte* at) { return view(frame, at); }

 private:
  static const Interface* table() noexcept {
    if constexpr (std::is_same_v<T, Object>) return nullptr;
    else return &interface_of<T>();
  }
};

}  // namespace shmidl::stub
