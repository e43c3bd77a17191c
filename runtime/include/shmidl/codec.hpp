// How a type of the user's own travels: a parcelable with a `cpp_header`.
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <vector>

#include <shmidl/error.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl {

/// To be specialised, in the header that the IDL names, with
///   static std::size_t size(const X& value);                               how many bytes write() fills
///   static void write(const X& value, std::span<std::byte> bytes);
///   static X read(std::span<const std::byte> bytes);                        throws for bytes that make no sense
template <class X>
struct Codec {
  static_assert(sizeof(X) == 0,
                "shmidl::Codec is not specialised for this type: give it size(const X&), write(const X&, std::span<std::byte>) and "
                "read(std::span<const std::byte>), in the header that the IDL file names");
};

namespace stub {

/// Throws the running exception as an Error: one that a Codec threw.
[[noreturn]] void throw_codec_failed(std::string_view name, bool reading);

/// A Ref to the bytes that the user's Codec writes, aligned to 8; absent stands for a default X.
template <class X>
struct ExternalWire {
  using View = X;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static const X& of(const X& value) noexcept { return value; }
  static X own(const X& view) { return view; }
  static void measure(Measure& measure, const X& view) {
    try {
      measure.room(Codec<X>::size(view), 8);
    } catch (...) {
      throw_codec_failed(name_of<X>(), false);
    }
  }
  static void write(Writer& writer, std::uint32_t at, const X& view) {
    try {
      std::vector<std::byte> bytes(Codec<X>::size(view));
      Codec<X>::write(view, bytes);
      const std::uint32_t where = writer.take(bytes.size(), 8);
      writer.put(where, bytes.data(), bytes.size());
      writer.put_ref(at, Ref{where, static_cast<std::uint32_t>(bytes.size())});
    } catch (...) {
      throw_codec_failed(name_of<X>(), false);
    }
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    return frame.claim(ref.where, ref.count, 8);
  }
  static X view(const Frame& frame, const std::byte* at) { return value(frame, at); }
  static X value(const Frame& frame, const std::byte* at) {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return X{};
    try {
      return Codec<X>::read(std::span<const std::byte>(frame.body() + ref.where, ref.count));
    } catch (...) {
      throw_codec_failed(name_of<X>(), true);
    }
  }
};

}  // namespace stub
}  // namespace shmidl
