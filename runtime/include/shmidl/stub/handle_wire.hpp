// The codec of descriptors. Absent ones travel; this version of the runtime carries no others.
#pragma once

#include <cstdint>
#include <tuple>

#include <shmidl/error.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

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

/// Handlers take a descriptor as an Fd.
template <>
struct In<Fd> {
  using Request = Wire<Fd>;
  using Reply = NoWire;
  using Argument = const Fd&;
  using Parts = std::tuple<FdView>;
  using Results = std::tuple<>;

  static void measure(Measure& measure, FdView view) { Request::measure(measure, view); }
  static void write(Writer& writer, std::uint32_t at, FdView view) { Request::write(writer, at, view); }
  static void receive(const Frame&, const std::byte*, const Fd&) noexcept {}
  static bool fits(const Frame&, const std::byte*, const Fd&) noexcept { return true; }
  static std::tuple<> yield(const Frame&, const std::byte*) noexcept { return {}; }

  struct Slot {
    Slot(ServerCall& call, const std::byte* at) : value(Request::value(call.request(), at)) {}
    const Fd& pass() noexcept { return value; }
    Fd value;
  };
  static void measure_reply(Measure&, const Slot&) noexcept {}
  static void write_reply(Writer&, std::uint32_t, const Slot&) noexcept {}
  static void store_reply(std::byte*, const Slot&) noexcept {}
};

}  // namespace shmidl::stub
