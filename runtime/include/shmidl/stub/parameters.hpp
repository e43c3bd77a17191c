// The kinds of parameter of a method: what each puts into a request, takes out of a reply, and shows to a handler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>

#include <shmidl/stub/call.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// Stands where a parameter has no part in a request or reply.
struct NoWire {
  static constexpr std::uint32_t size = 0;
  static constexpr std::uint32_t align = 1;
  static constexpr bool fixed = true;
  static bool check(Frame&, std::byte*) noexcept { return true; }
};

template <class V>
using ViewOf = typename Wire<V>::View;

/// An `in` parameter.
template <class V>
struct In {
  using Request = Wire<V>;
  using Reply = NoWire;
  using Argument = const ViewOf<V>&;
  using Parts = std::tuple<ViewOf<V>>;   // what an asynchronous call takes
  using Results = std::tuple<>;          // what it yields

  static void measure(Measure& measure, Argument view) { Request::measure(measure, view); }
  static void write(Writer& writer, std::uint32_t at, Argument view) { Request::write(writer, at, view); }
  static void store(std::byte* at, Argument view) noexcept { std::memcpy(at, &view, Request::size); }
  static void receive(const Frame&, const std::byte*, Argument) noexcept {}
  static bool fits(const Frame&, const std::byte*, Argument) noexcept { return true; }
  static std::tuple<> yield(const Frame&, const std::byte*) noexcept { return {}; }

  struct Slot {
    Slot(ServerCall& call, const std::byte* at) : view(Request::view(call.request(), at)) {}
    Argument pass() noexcept { return view; }
    ViewOf<V> view;
  };
  static void measure_reply(Measure&, const Slot&) noexcept {}
  static void write_reply(Writer&, std::uint32_t, const Slot&) noexcept {}
  static void store_reply(std::byte*, const Slot&) noexcept {}
};

/// What every kind that goes back has: `C` is a value type or a codec's name, and a slot holds its value.
template <class C, class V = ValueOf<C>>
struct Returned {
  using Reply = Wire<C>;
  using Results = std::tuple<V>;

  static std::tuple<V> yield(const Frame& frame, const std::byte* at) { return {Reply::value(frame, at)}; }
  template <class Slot>
  static void measure_reply(Measure& measure, const Slot& slot) {
    Reply::measure(measure, Reply::of(slot.value));
  }
  template <class Slot>
  static void write_reply(Writer& writer, std::uint32_t at, const Slot& slot) {
    Reply::write(writer, at, Reply::of(slot.value));
  }
};

/// The parts that `out` and `inout` share.
template <class C, class V = ValueOf<C>>
struct Back : Returned<C> {
  using Reply = Wire<C>;
  using Argument = V&;

  static void receive(const Frame& frame, const std::byte* at, V& into) { into = Reply::value(frame, at); }
  static bool fits(const Frame&, const std::byte*, const V&) noexcept { return true; }
  template <class Slot>
  static void store_reply(std::byte* at, const Slot& slot) noexcept {
    std::memcpy(at, &slot.value, Reply::size);
  }
};

/// An `out` parameter.
template <class C, class V = ValueOf<C>>
struct Out : Back<C> {
  using Request = NoWire;
  using Parts = std::tuple<>;
  static void measure(Measure&, const V&) noexcept {}
  static void write(Writer&, std::uint32_t, const V&) noexcept {}
  static void store(std::byte*, const V&) noexcept {}

  struct Slot {
    Slot(ServerCall&, const std::byte*) {}
    V& pass() noexcept { return value; }
    V value = V();  // with braces, clang 14 stumbles over arrays of arrays
  };
};

/// An `inout` parameter.
template <class C, class V = ValueOf<C>>
struct InOut : Back<C> {
  using Request = Wire<C>;
  using Parts = std::tuple<ViewOf<C>>;
  static void measure(Measure& measure, const V& value) { Request::measure(measure, Request::of(value)); }
  static void write(Writer& writer, std::uint32_t at, const V& value) { Request::write(writer, at, Request::of(value)); }
  static void store(std::byte* at, const V& value) noexcept { std::memcpy(at, &value, Request::size); }

  struct Slot {
    Slot(ServerCall& call, const std::byte* at) : value(Request::value(call.request(), at)) {}
    V& pass() noexcept { return value; }
    V value;
  };
};

/// The parts that counted `out` and `inout` arrays share: the caller's memory, filled in place.
template <class T>
struct CountedBack : Returned<Array<T>> {
  using Reply = Wire<Array<T>>;
  using Argument = std::span<T>;

  static bool fits(const Frame& frame, const std::byte* at, std::span<T> into) noexcept {
    return Reply::view(frame, at).size() == into.size();
  }
  static void receive(const Frame& frame, const std::byte* at, std::span<T> into) noexcept {
    const auto from = Reply::view(frame, at);
    if (!from.empty()) std::memcpy(into.data(), from.data(), from.size_bytes());
  }
};

/// A counted `out` array: its size travels in, as many elements come back.
template <class T>
struct CountedOut : CountedBack<T> {
  using Request = Wire<std::uint64_t>;
  using Parts = std::tuple<std::uint64_t>;
  static void measure(Measure&, std::span<T>) noexcept {}
  static void write(Writer& writer, std::uint32_t at, std::span<T> into) { Request::write(writer, at, into.size()); }
  static void store(std::byte* at, std::span<T> into) noexcept {
    const std::uint64_t count = into.size();
    std::memcpy(at, &count, sizeof count);
  }

  struct Slot {
    Slot(ServerCall& call, const std::byte* at) {
      const auto count = load<std::uint64_t>(at);
      if (count > call.max_reply_bytes() / sizeof(T)) {
        call.too_large(count);
        fits = false;
      } else if (count * sizeof(T) > kCopyLimit) {
        value = arena_array<T>(call.link(), static_cast<std::size_t>(count));
      } else {
        value = Array<T>(static_cast<std::size_t>(count));
      }
    }
    std::span<T> pass() { return {value.data(), value.size()}; }
    Array<T> value;
    bool fits = true;
  };
};

/// A counted `inout` array: its elements travel both ways.
template <class T>
struct CountedInOut : CountedBack<T> {
  using Request = Wire<Array<T>>;
  using Parts = std::tuple<std::span<const T>>;
  static void measure(Measure& measure, std::span<T> elements) { Request::measure(measure, elements); }
  static void write(Writer& writer, std::uint32_t at, std::span<T> elements) { Request::write(writer, at, elements); }

  struct Slot {
    Slot(ServerCall& call, const std::byte* at) : value(Request::value(call.request(), at)) {}
    std::span<T> pass() { return {value.data(), value.size()}; }
    Array<T> value;
  };
};

/// How a method ends: here, one without typed errors.
template <class R>
struct Outcome {
  using Result = R;
  static constexpr bool throws = false;
  static const Error& decode(const Error& error) noexcept { return error; }
};

}  // namespace shmidl::stub
