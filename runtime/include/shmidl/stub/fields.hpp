// Fields as generated code names them: one, and many of them done one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <shmidl/stub/wire.hpp>

// A field that its owner calls deprecated is served all the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace shmidl::stub {

template <class M>
struct MemberOf;
template <class C, class T>
struct MemberOf<T C::*> {
  using Type = T;
};

/// One field: its offset on the wire, its member in the struct and, for a variable struct, in the view; its codec where it is not its type's.
template <std::uint32_t Offset, auto InStruct, auto InView = InStruct, class Codec = typename MemberOf<decltype(InStruct)>::Type>
struct Field {
  using Type = Codec;
  static constexpr std::uint32_t offset = Offset;
  static constexpr auto member = InStruct;
  static constexpr auto view_member = InView;
};

/// What a flat field needs: scalars, fixed arrays of flat elements, flat structs; all stand inline.
template <class T>
struct Flat {
  static constexpr std::uint32_t size = Wire<T>::size;
  static constexpr bool has_bool = Wire<T>::has_bool;
  static constexpr bool has_padding = false;
  static void normalise(std::byte* at) noexcept { Wire<T>::normalise(at); }
  static void clear(std::byte*) noexcept {}
};
template <FlatStruct T>
struct Flat<T> {
  static constexpr std::uint32_t size = Wire<T>::struct_size;
  static constexpr bool has_bool = Wire<T>::has_bool;
  static constexpr bool has_padding = Wire<T>::has_padding;
  static void normalise(std::byte* at) noexcept { Wire<T>::normalise(at); }
  static void clear(std::byte* at) noexcept { Wire<T>::clear_one(at); }
};
template <class E, std::size_t N>
  requires(!InlineFlat<E>)
struct Flat<std::array<E, N>> {
  static constexpr std::uint32_t size = Flat<E>::size * N;
  static constexpr bool has_bool = Flat<E>::has_bool;
  static constexpr bool has_padding = Flat<E>::has_padding;
  static void normalise(std::byte* at) noexcept {
    for (std::size_t i = 0; i < N; ++i) Flat<E>::normalise(at + i * Flat<E>::size);
  }
  static void clear(std::byte* at) noexcept {
    for (std::size_t i = 0; i < N; ++i) Flat<E>::clear(at + i * Flat<E>::size);
  }
};

/// Fields one after the other. A struct of many has several groups: compilers bound how deep what they unfold for one list may nest
/// (clang: 256).
template <class... Fields>
struct Group {
  // Of a flat struct.
  static constexpr std::uint32_t flat_bytes() noexcept { return (0u + ... + Flat<typename Fields::Type>::size); }
  static constexpr bool flat_has_bool() noexcept { return (false || ... || Flat<typename Fields::Type>::has_bool); }
  static constexpr bool flat_has_padding() noexcept { return (false || ... || Flat<typename Fields::Type>::has_padding); }
  static constexpr void flat_end([[maybe_unused]] std::uint32_t& end) noexcept {
    ((end = Fields::offset + Flat<typename Fields::Type>::size), ...);
  }
  static constexpr void flat_first([[maybe_unused]] std::uint32_t& first) noexcept {
    ((first = first == 0 ? Fields::offset + Flat<typename Fields::Type>::size : first), ...);
  }
  static void normalise([[maybe_unused]] std::byte* at) noexcept { (Flat<typename Fields::Type>::normalise(at + Fields::offset), ...); }
  /// Zeroes what lies before and in these fields; `end` is the end of the last one done.
  static void clear([[maybe_unused]] std::byte* at, [[maybe_unused]] std::uint32_t& end) noexcept {
    ((std::memset(at + end, 0, Fields::offset - end), Flat<typename Fields::Type>::clear(at + Fields::offset),
      end = Fields::offset + Flat<typename Fields::Type>::size), ...);
  }
  /// Copies the fields that lie in `extent` bytes.
  static void copy([[maybe_unused]] std::byte* to, [[maybe_unused]] const std::byte* from, [[maybe_unused]] std::uint32_t extent) noexcept {
    (copy_field<Fields>(to, from, extent), ...);
  }

  // Of a variable struct.
  static constexpr void end([[maybe_unused]] std::uint32_t& end) noexcept { ((end = Fields::offset + Wire<typename Fields::Type>::size), ...); }
  static constexpr void first([[maybe_unused]] std::uint32_t& first) noexcept {
    ((first = first == 0 ? Fields::offset + Wire<typename Fields::Type>::size : first), ...);
  }
  static constexpr bool aligned() noexcept { return ((Fields::offset % Wire<typename Fields::Type>::align == 0) && ...); }
  template <class View, class P>
  static void of([[maybe_unused]] View& view, [[maybe_unused]] const P& value) {
    ((view.*Fields::view_member = Wire<typename Fields::Type>::of(value.*Fields::member)), ...);
  }
  template <class P, class View>
  static void own([[maybe_unused]] P& value, [[maybe_unused]] const View& view) {
    ((value.*Fields::member = Wire<typename Fields::Type>::own(view.*Fields::view_member)), ...);
  }
  template <class View>
  static void measure([[maybe_unused]] Measure& measure, [[maybe_unused]] const View& view) {
    (Wire<typename Fields::Type>::measure(measure, view.*Fields::view_member), ...);
  }
  template <class View>
  static void write([[maybe_unused]] Writer& writer, [[maybe_unused]] std::uint32_t at, [[maybe_unused]] const View& view) {
    (Wire<typename Fields::Type>::write(writer, at + Fields::offset, view.*Fields::view_member), ...);
  }
  // Of the fields that lie in `extent` bytes.
  static bool check([[maybe_unused]] Frame& frame, [[maybe_unused]] std::byte* at, [[maybe_unused]] std::uint32_t extent) noexcept {
    return (check_field<Fields>(frame, at, extent) && ...);
  }
  template <class View>
  static void view([[maybe_unused]] View& view, [[maybe_unused]] const Frame& frame, [[maybe_unused]] const std::byte* at,
                   [[maybe_unused]] std::uint32_t extent) {
    (read_field<Fields>(extent, [&] { view.*Fields::view_member = Wire<typename Fields::Type>::view(frame, at + Fields::offset); }), ...);
  }
  template <class P>
  static void value([[maybe_unused]] P& value, [[maybe_unused]] const Frame& frame, [[maybe_unused]] const std::byte* at,
                    [[maybe_unused]] std::uint32_t extent) {
    (read_field<Fields>(extent, [&] { value.*Fields::member = Wire<typename Fields::Type>::value(frame, at + Fields::offset); }), ...);
  }

 private:
  template <class F>
  static void copy_field(std::byte* to, const std::byte* from, std::uint32_t extent) noexcept {
    constexpr std::uint32_t bytes = Flat<typename F::Type>::size;
    if (F::offset + bytes <= extent) std::memcpy(to + F::offset, from + F::offset, bytes);
  }
  template <class F>
  static constexpr bool holds(std::uint32_t extent) noexcept {
    return F::offset + Wire<typename F::Type>::size <= extent;
  }
  template <class F>
  static bool check_field(Frame& frame, std::byte* at, std::uint32_t extent) noexcept {
    return !holds<F>(extent) || Wire<typename F::Type>::check(frame, at + F::offset);
  }
  template <class F, class Read>
  static void read_field(std::uint32_t extent, Read&& read) {
    if (holds<F>(extent)) read();
  }
};

}  // namespace shmidl::stub

#pragma GCC diagnostic pop
