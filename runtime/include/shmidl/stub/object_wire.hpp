// The codec of objects, for interfaces that pass some. Absent ones travel; this version of the runtime carries no others.
#pragma once

#include <cstdint>
#include <memory>

#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// A handle to an object: 8 bytes, zero when it is absent.
template <class T>
struct Wire<std::shared_ptr<T>> {
  using View = std::shared_ptr<T>;
  static constexpr std::uint32_t size = 8;
  static constexpr std::uint32_t align = 4;
  static constexpr bool fixed = false;  // so that measure() sees every value before it is sent

  static const View& of(const View& value) noexcept { return value; }
  static View own(const View& view) noexcept { return view; }
  static void measure(Measure&, const View& view) {
    if (view != nullptr) throw_not_carried("objects");
  }
  static void write(Writer& writer, std::uint32_t at, const View&) noexcept { writer.zero(at, size); }
  static bool check(Frame&, std::byte* at) noexcept { return load<std::uint64_t>(at) == 0; }
  static View view(const Frame&, const std::byte*) noexcept { return nullptr; }
  static View value(const Frame&, const std::byte*) noexcept { return nullptr; }
};

}  // namespace shmidl::stub
