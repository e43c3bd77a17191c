// Codecs of handles: objects and descriptors. Absent ones travel; this version of the runtime carries no others.
#pragma once

#include <cstdint>
#include <memory>

#include <shmidl/error.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// Throws Error: version_mismatch.
[[noreturn]] void throw_not_carried(std::string_view what);

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

/// A descriptor: 4 bytes, zero when there is none.
template <>
struct Wire<Fd> {
  using View = FdView;
  static constexpr std::uint32_t size = 4;
  static constexpr std::uint32_t align = 4;
  static constexpr bool fixed = false;  // so that measure() sees every value before it is sent

  static View of(const Fd& value) noexcept { return value; }
  static Fd own(View view) { return view ? view.dup().value() : Fd(); }
  static void measure(Measure&, View view) {
    if (view) throw_not_carried("descriptors");
  }
  static void write(Writer& writer, std::uint32_t at, View) noexcept { writer.zero(at, size); }
  static bool check(Frame&, std::byte* at) noexcept { return load<std::uint32_t>(at) == 0; }
  static View view(const Frame&, const std::byte*) noexcept { return {}; }
  static Fd value(const Frame&, const std::byte*) noexcept { return {}; }
};

}  // namespace shmidl::stub
