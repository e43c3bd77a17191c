// The codec of descriptors.
#pragma once

#include <cstdint>
#include <tuple>

#include <shmidl/error.hpp>
#include <shmidl/fd.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// A descriptor: 4 bytes, 1 + its place in the frame's table, zero when there is none.
template <>
struct Wire<Fd> {
  using View = FdView;
  static constexpr std::uint32_t size = 4;
  static constexpr std::uint32_t align = 4;
  static constexpr bool fixed = false;  // so that measure() sees every value before it is sent

  static View of(const Fd& value) noexcept { return value; }
  static Fd own(View view) { return view ? view.dup().value() : Fd(); }
  static void measure(Measure& measure, View view) {
    if (view) measure.attach({nullptr, view.get()});
  }
  static void write(Writer& writer, std::uint32_t at, View view) noexcept {
    const std::uint32_t handle = view ? writer.attach({nullptr, view.get()}) : 0;
    writer.put(at, &handle, sizeof handle);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const auto handle = load<std::uint32_t>(at);
    return handle == 0 || frame.claim_attachment(handle, External::Kind::descriptor);
  }
  static View view(const Frame& frame, const std::byte* at) noexcept {
    const auto handle = load<std::uint32_t>(at);
    return handle == 0 ? View() : View(frame.descriptor(handle));
  }
  /// Takes it out of the frame: the second time there is none.
  static Fd value(const Frame& frame, const std::byte* at) noexcept {
    const auto handle = load<std::uint32_t>(at);
    return Fd(handle == 0 ? -1 : frame.take_descriptor(handle));
  }
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
