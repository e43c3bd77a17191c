// Codecs of structs: generated code names the fields, these bases do the rest.
#pragma once

#include <shmidl/error.hpp>
#include <shmidl/stub/fields.hpp>
#include <shmidl/stub/wire.hpp>

// A field or a method that its owner calls deprecated is served all the same.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace shmidl::stub {

/// A flat struct: its bytes in C++ are its bytes on the wire. As a parameter or a field of a variable struct it stands behind a Ref.
template <class P, std::uint32_t Size, class... Groups>
struct FlatWireOf : StructTag {
  static_assert(std::is_trivially_copyable_v<P> && sizeof(P) == Size, "the C++ layout of a flat struct is its layout on the wire");

  using View = P;
  static constexpr bool flat = true;
  static constexpr bool fixed = false;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr std::uint32_t struct_size = Size;
  static constexpr std::uint32_t struct_align = alignof(P);
  static constexpr std::uint32_t field_bytes = (0u + ... + Groups::flat_bytes());
  /// The end of the last field: what a reader of another version may take from an element.
  static constexpr std::uint32_t used = [] {
    std::uint32_t end = 0;
    (Groups::flat_end(end), ...);
    return end;
  }();
  static constexpr std::uint32_t first_field_end = [] {
    std::uint32_t first = 0;
    (Groups::flat_first(first), ...);
    return first;
  }();
  static constexpr bool has_bool = (false || ... || Groups::flat_has_bool());
  static constexpr bool has_padding = field_bytes != Size || (false || ... || Groups::flat_has_padding());

  static const P& of(const P& value) noexcept { return value; }
  static P own(const P& value) noexcept { return value; }

  static void normalise(std::byte* at) noexcept { (Groups::normalise(at), ...); }

  /// Zeroes the bytes between the fields of one element.
  static void clear_one(std::byte* at) noexcept {
    std::uint32_t end = 0;
    (Groups::clear(at, end), ...);
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
    else (Groups::copy(to, at, extent), ...);
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
};

template <class P, std::uint32_t Size, class... Fields>
struct FlatWire : FlatWireOf<P, Size, Group<Fields...>> {};
template <class P, std::uint32_t Size, class... Fields, class... Groups>
struct FlatWire<P, Size, Group<Fields...>, Groups...> : FlatWireOf<P, Size, Group<Fields...>, Groups...> {};

/// A struct with strings, arrays or other structs in it: fixed parts of its fields, the rest behind Refs.
template <class P, std::uint32_t Size, std::uint32_t Align, class... Groups>
struct StructWireOf : StructTag {
  using View = typename P::View;
  static constexpr bool flat = false;
  static constexpr bool fixed = false;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr std::uint32_t struct_size = Size;
  static constexpr std::uint32_t struct_align = Align;
  static constexpr std::uint32_t used = [] {
    std::uint32_t end = 0;
    (Groups::end(end), ...);
    return end;
  }();
  static constexpr std::uint32_t first_field_end = [] {
    std::uint32_t first = 0;
    (Groups::first(first), ...);
    return first;
  }();
  static View of(const P& value) {
    View view{};
    (Groups::of(view, value), ...);
    return view;
  }
  static P own(const View& view) {
    P value{};
    (Groups::own(value, view), ...);
    return value;
  }

  static void measure_struct(Measure& measure, const View& view) {
    const Measure::Nested nested(measure, name_of<P>());
    (Groups::measure(measure, view), ...);
  }
  static void write_struct(Writer& writer, std::uint32_t at, const View& view) {
    // Here, not in the class: a struct may hold lists of itself, whose codecs need this one complete.
    static_assert(used <= Size && (Groups::aligned() && ...), "generated offsets match the codecs");
    writer.zero(at, Size);
    (Groups::write(writer, at, view), ...);
  }
  static bool check_struct(Frame& frame, std::byte* at, std::uint32_t extent) noexcept {
    const Frame::Nested nested(frame);
    return nested && (Groups::check(frame, at, extent) && ...);
  }
  static View view_struct(const Frame& frame, const std::byte* at, std::uint32_t extent) {
    View view = extent >= used ? View{} : of(defaults());
    (Groups::view(view, frame, at, extent), ...);
    return view;
  }
  static P value_struct(const Frame& frame, const std::byte* at, std::uint32_t extent) {
    P value{};
    (Groups::value(value, frame, at, extent), ...);
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
};

template <class P, std::uint32_t Size, std::uint32_t Align, class... Fields>
struct StructWire : StructWireOf<P, Size, Align, Group<Fields...>> {};
template <class P, std::uint32_t Size, std::uint32_t Align, class... Fields, class... Groups>
struct StructWire<P, Size, Align, Group<Fields...>, Groups...> : StructWireOf<P, Size, Align, Group<Fields...>, Groups...> {};

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
