// Codecs of structs: generated code names the fields, these bases do the rest.
#pragma once

#include <shmidl/error.hpp>
#include <shmidl/stub/wire.hpp>

// A field or a method that its owner calls deprecated is served all the same.
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

/// A flat struct: its bytes in C++ are its bytes on the wire. As a parameter or a field of a variable struct it stands behind a Ref.
template <class P, std::uint32_t Size, class... Fields>
struct FlatWire : StructTag {
  static_assert(std::is_trivially_copyable_v<P> && sizeof(P) == Size, "the C++ layout of a flat struct is its layout on the wire");

  using View = P;
  static constexpr bool flat = true;
  static constexpr bool fixed = false;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr std::uint32_t struct_size = Size;
  static constexpr std::uint32_t struct_align = alignof(P);
  static constexpr std::uint32_t field_bytes = (0u + ... + Flat<typename Fields::Type>::size);
  /// The end of the last field: what a reader of another version may take from an element.
  static constexpr std::uint32_t used = [] {
    std::uint32_t end = 0;
    ((end = Fields::offset + Flat<typename Fields::Type>::size), ...);
    return end;
  }();
  static constexpr std::uint32_t first_field_end = [] {
    std::uint32_t first = 0;
    ((first = first == 0 ? Fields::offset + Flat<typename Fields::Type>::size : first), ...);
    return first;
  }();
  static constexpr bool has_bool = (false || ... || Flat<typename Fields::Type>::has_bool);
  static constexpr bool has_padding = field_bytes != Size || (false || ... || Flat<typename Fields::Type>::has_padding);

  static const P& of(const P& value) noexcept { return value; }
  static P own(const P& value) noexcept { return value; }

  static void normalise([[maybe_unused]] std::byte* at) noexcept { (Flat<typename Fields::Type>::normalise(at + Fields::offset), ...); }

  /// Zeroes the bytes between the fields of one element.
  static void clear_one(std::byte* at) noexcept {
    std::uint32_t end = 0;
    ((std::memset(at + end, 0, Fields::offset - end), Flat<typename Fields::Type>::clear(at + Fields::offset),
      end = Fields::offset + Flat<typename Fields::Type>::size), ...);
    std::memset(at + end, 0, Size - end);
  }
  static void clear_all(std::byte* elements, std::size_t bytes) noexcept {
    for (std::size_t at = 0; at + Size <= bytes; at += Size) clear_one(elements + at);
  }
  static constexpr ClearPadding clear_padding = has_padding ? &clear_all : nullptr;

  static void put_flat(Writer& writer, std::uint32_t at, const P& value) noexcept {
    if constexpr (has_padding) {
      alignas(P) std::byte copy[Size];
      std::memcpy(copy, &value, Size);
      clear_one(copy);
      writer.put(at, copy, Size);
    } else {
      writer.put(at, &value, Size);
    }
  }

  /// One element of which the writer's definition filled `extent` bytes; the other fields get their defaults.
  static P load_flat(const std::byte* at, std::uint32_t extent) noexcept {
    P value{};
    auto* to = reinterpret_cast<std::byte*>(&value);
    if (extent >= used) std::memcpy(to, at, used);
    else (copy_field<Fields>(to, at, extent), ...);
    normalise(to);
    return value;
  }

  static void measure(Measure& measure, const P&) noexcept { measure.room(Size, struct_align); }
  static void write(Writer& writer, std::uint32_t at, const P& value) noexcept {
    const std::uint32_t where = writer.take(Size, struct_align);
    put_flat(writer, where, value);
    writer.put_ref(at, Ref{where, used});
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    if (frame.exact() && ref.count != used) return false;
    return frame.claim(ref.where, ref.count, 1);
  }
  static P value(const Frame& frame, const std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    return load_flat(frame.body() + ref.where, ref.where == 0 ? 0 : ref.count);
  }
  static P view(const Frame& frame, const std::byte* at) noexcept { return value(frame, at); }

 private:
  template <class F>
  static void copy_field(std::byte* to, const std::byte* from, std::uint32_t extent) noexcept {
    constexpr std::uint32_t bytes = Flat<typename F::Type>::size;
    if (F::offset + bytes <= extent) std::memcpy(to + F::offset, from + F::offset, bytes);
  }
};

/// A struct with strings, arrays or other structs in it: fixed parts of its fields, the rest behind Refs.
template <class P, std::uint32_t Size, std::uint32_t Align, class... Fields>
struct StructWire : StructTag {
  using View = typename P::View;
  static constexpr bool flat = false;
  static constexpr bool fixed = false;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr std::uint32_t struct_size = Size;
  static constexpr std::uint32_t struct_align = Align;
  static constexpr std::uint32_t used = [] {
    std::uint32_t end = 0;
    ((end = Fields::offset + Wire<typename Fields::Type>::size), ...);
    return end;
  }();
  static constexpr std::uint32_t first_field_end = [] {
    std::uint32_t first = 0;
    ((first = first == 0 ? Fields::offset + Wire<typename Fields::Type>::size : first), ...);
    return first;
  }();
  static View of(const P& value) {
    View view{};
    ((view.*Fields::view_member = Wire<typename Fields::Type>::of(value.*Fields::member)), ...);
    return view;
  }
  static P own(const View& view) {
    P value{};
    ((value.*Fields::member = Wire<typename Fields::Type>::own(view.*Fields::view_member)), ...);
    return value;
  }

  static void measure_struct(Measure& measure, const View& view) {
    const Measure::Nested nested(measure, name_of<P>());
    (Wire<typename Fields::Type>::measure(measure, view.*Fields::view_member), ...);
  }
  static void write_struct(Writer& writer, std::uint32_t at, const View& view) {
    // Here, not in the class: a struct may hold lists of itself, whose codecs need this one complete.
    static_assert(used <= Size && ((Fields::offset % Wire<typename Fields::Type>::align == 0) && ...), "generated offsets match the codecs");
    writer.zero(at, Size);
    (Wire<typename Fields::Type>::write(writer, at + Fields::offset, view.*Fields::view_member), ...);
  }
  static bool check_struct(Frame& frame, std::byte* at, std::uint32_t extent) noexcept {
    const Frame::Nested nested(frame);
    return nested && (check_field<Fields>(frame, at, extent) && ...);
  }
  static View view_struct(const Frame& frame, const std::byte* at, std::uint32_t extent) {
    View view = extent >= used ? View{} : of(defaults());
    (read_field<Fields>(extent, [&] { view.*Fields::view_member = Wire<typename Fields::Type>::view(frame, at + Fields::offset); }), ...);
    return view;
  }
  static P value_struct(const Frame& frame, const std::byte* at, std::uint32_t extent) {
    P value{};
    (read_field<Fields>(extent, [&] { value.*Fields::member = Wire<typename Fields::Type>::value(frame, at + Fields::offset); }), ...);
    return value;
  }

  static void measure(Measure& measure, const View& view) {
    measure.room(Size, Align);
    measure_struct(measure, view);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) {
    const std::uint32_t where = writer.take(Size, Align);
    writer.put_ref(at, Ref{where, used});
    write_struct(writer, where, view);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    if (frame.exact() && ref.count != used) return false;
    return frame.claim(ref.where, ref.count, 1) && check_struct(frame, frame.body() + ref.where, ref.count);
  }
  static View view(const Frame& frame, const std::byte* at) {
    const Ref ref = load<Ref>(at);
    return view_struct(frame, frame.body() + ref.where, ref.where == 0 ? 0 : ref.count);
  }
  static P value(const Frame& frame, const std::byte* at) {
    const Ref ref = load<Ref>(at);
    return value_struct(frame, frame.body() + ref.where, ref.where == 0 ? 0 : ref.count);
  }

 private:
  /// What a view shows of the fields that the writer's version lacks.
  static const P& defaults() {
    static const P value{};
    return value;
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

/// What a fixed array of fixed arrays holds in the end, and how many of it.
template <class T>
struct Leaf {
  using Type = T;
  static constexpr std::size_t count = 1;
};
template <class E, std::size_t N>
struct Leaf<std::array<E, N>> {
  using Type = typename Leaf<E>::Type;
  static constexpr std::size_t count = N * Leaf<E>::count;
};
template <class T>
using LeafOf = typename Leaf<T>::Type;

/// Fixed arrays of structs and of variable elements: a list of exactly N.
template <class E, std::size_t N>
  requires(!InlineFlat<E> && !FlatStruct<LeafOf<E>>)
struct Wire<std::array<E, N>> : ListWire<E> {
  using View = typename ListWire<E>::View;

  static View of(const std::array<E, N>& value) noexcept { return View(value); }
  /// Throws Error for any other length than N; but none at all stands for N defaults.
  static void measure(Measure& measure, const View& view) {
    if (view.empty()) return;
    if (view.size() != N) {
      throw Error(Errc::too_large, "an array of " + std::to_string(N) + " elements was given " + std::to_string(view.size()));
    }
    ListWire<E>::measure(measure, view);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) {
    if (view.empty()) writer.put_ref(at, Ref{});
    else ListWire<E>::write(writer, at, view);
  }
  static std::array<E, N> own(const View& view) {
    auto values = std::array<E, N>();  // with braces, clang 14 stumbles over arrays of arrays
    for (std::size_t i = 0; i < N && i < view.size(); ++i) values[i] = Wire<E>::own(view[i]);
    return values;
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    return (ref.where == 0 || ref.count == N) && ListWire<E>::check(frame, at);
  }
  static std::array<E, N> value(const Frame& frame, const std::byte* at) {
    auto values = std::array<E, N>();
    std::size_t next = 0;
    ListWire<E>::each_value(frame, at, [&](E&& element) { values[next++] = std::move(element); });
    return values;
  }
};

/// Fixed arrays of flat structs, of any number of dimensions: an array of exactly as many.
template <class E, std::size_t N>
  requires FlatStruct<LeafOf<E>>
struct Wire<std::array<E, N>> {
  using View = std::array<E, N>;
  using Element = LeafOf<E>;
  static constexpr std::size_t count = N * Leaf<E>::count;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;
  static_assert(sizeof(View) == count * sizeof(Element), "nested arrays are one array in memory");

  static const View& of(const View& value) noexcept { return value; }
  static View own(const View& value) noexcept { return value; }
  static void measure(Measure& measure, const View& view) noexcept { Wire<Array<Element>>::measure(measure, all(view)); }
  static void write(Writer& writer, std::uint32_t at, const View& view) noexcept { Wire<Array<Element>>::write(writer, at, all(view)); }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    return (ref.where == 0 || ref.count == count) && Wire<Array<Element>>::check(frame, at);
  }
  static View view(const Frame& frame, const std::byte* at) noexcept {
    View values{};
    const auto found = Wire<Array<Element>>::view(frame, at);
    if (!found.empty()) std::memcpy(static_cast<void*>(&values), found.data(), found.size_bytes());
    return values;
  }
  static View value(const Frame& frame, const std::byte* at) noexcept { return view(frame, at); }

 private:
  static std::span<const Element> all(const View& view) noexcept { return {reinterpret_cast<const Element*>(&view), count}; }
};

/// The view of a struct, and back.
template <class P>
typename P::View to_view(const P& value) {
  return Wire<P>::of(value);
}
template <class P>
P to_value(const typename P::View& view) {
  return Wire<P>::own(view);
}

}  // namespace shmidl::stub

#pragma GCC diagnostic pop
