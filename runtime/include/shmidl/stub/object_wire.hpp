// The codec of objects: an interface as an argument, a result, or part of one.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <shmidl/object.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/tables.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// Names an object in the frame that is measured, which keeps it; throws Error.
void measure_object(Measure& measure, std::shared_ptr<Object> object);
/// True if the object of a claimed handle has this interface; null: any.
[[nodiscard]] bool implements(const Frame& frame, std::uint32_t handle, const Interface* interface) noexcept;
/// The object of a claimed handle that implements() said to have the interface: the original if it is this process's own, else the only proxy
/// of this interface for it, for null one without methods; throws std::bad_alloc.
[[nodiscard]] std::shared_ptr<Object> object_of(const Frame& frame, std::uint32_t handle, const Interface* interface);

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
    if (view != nullptr) measure_object(measure, std::shared_ptr<Object>(view, base(view)));
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) noexcept {
    const std::uint64_t handle = view == nullptr ? 0 : writer.attach_object(base(view));
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
      return object_of(frame, handle, nullptr);
    } else {
      std::shared_ptr<Object> object = object_of(frame, handle, table());
      void* const derived = table()->object->derived(object.get());
      return View(std::move(object), static_cast<T*>(derived));
    }
  }
  static View value(const Frame& frame, const std::byte* at) { return view(frame, at); }

 private:
  // The interface of a file that is only named here is an incomplete type: its tables know what it is.
  static Object* base(const View& view) noexcept {
    if constexpr (std::is_same_v<T, Object>) return view.get();
    else return table()->object->base(view.get());
  }
  static const Interface* table() noexcept {
    if constexpr (std::is_same_v<T, Object>) return nullptr;
    else return &interface_of<T>();
  }
};

}  // namespace shmidl::stub
