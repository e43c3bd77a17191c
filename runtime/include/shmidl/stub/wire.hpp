// Codecs of scalars, strings, arrays and lists: how a value stands in a frame.
//
// Wire<V> for a value type V has: `size`, `align` of its fixed part; `fixed`: nothing stands behind a Ref; `View`: what a handler sees;
//   of(value) -> View     measure(Measure&, view)     write(Writer&, at, view)     check(Frame&, at) -> bool
//   view(frame, at) -> View     value(frame, at) -> V     own(view) -> V
// view and value require that check returned true.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <shmidl/array.hpp>
#include <shmidl/list.hpp>
#include <shmidl/stub/frame.hpp>

namespace shmidl::stub {

template <class V>
struct Wire;

/// Throws Error, version_mismatch: a handle of this kind does not travel yet.
[[noreturn]] void throw_not_carried(std::string_view what);

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// Marks the codecs that generated code derives from FlatWire or StructWire.
struct StructTag {};
template <class V>
concept Struct = std::is_base_of_v<StructTag, Wire<V>>;
template <class V>
concept FlatStruct = Struct<V> && Wire<V>::flat;

/// Marks the codecs that generated code derives from UnionWire.
struct UnionTag {};
template <class V>
concept TaggedUnion = std::is_base_of_v<UnionTag, Wire<V>>;

/// The value type that a codec's name stands for; what has its own codec beside its type's specialises it.
template <class V>
struct ValueType {
  using Type = V;
};
template <class V>
using ValueOf = typename ValueType<V>::Type;

/// The IDL name of a struct, union or external type; empty where its codec does not say it.
template <class V>
constexpr std::string_view name_of() noexcept {
  if constexpr (requires { Wire<V>::name; }) return Wire<V>::name;
  else return {};
}

/// What stands inline in a frame as it stands in memory: scalars, and fixed arrays of them of any number of dimensions.
template <class T>
inline constexpr bool is_inline_flat = Scalar<T>;
template <class T, std::size_t N>
inline constexpr bool is_inline_flat<std::array<T, N>> = is_inline_flat<T>;
template <class T>
concept InlineFlat = is_inline_flat<T>;

/// Makes a bool out of any byte: only 0 and 1 are values of a bool.
inline void normalise_bools(std::byte* at, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) at[i] = at[i] == std::byte{0} ? std::byte{0} : std::byte{1};
}

template <Scalar T>
struct Wire<T> {
  using View = T;
  static constexpr std::uint32_t size = sizeof(T);
  static constexpr std::uint32_t align = sizeof(T);
  static constexpr bool fixed = true;
  static constexpr bool has_bool = std::is_same_v<T, bool>;
  static constexpr bool has_padding = false;
  static constexpr ClearPadding clear_padding = nullptr;

  static T of(T value) noexcept { return value; }
  static T own(T value) noexcept { return value; }
  static void measure(Measure&, T) noexcept {}
  static void write(Writer& writer, std::uint32_t at, T value) noexcept { writer.put(at, &value, sizeof value); }
  static bool check(Frame&, std::byte* at) noexcept {
    normalise(at);
    return true;
  }
  static void normalise(std::byte* at) noexcept {
    if constexpr (has_bool) normalise_bools(at, 1);
  }
  static T view(const Frame&, const std::byte* at) noexcept { return load<T>(at); }
  static T value(const Frame&, const std::byte* at) noexcept { return load<T>(at); }
};

/// Strings: a Ref to bytes of UTF-8, without a terminator.
template <>
struct Wire<std::string> {
  using View = std::string_view;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static View of(const std::string& value) noexcept { return value; }
  static std::string own(View view) { return std::string(view); }
  static void measure(Measure& measure, View view) noexcept { measure.room(view.size(), 1); }
  static void write(Writer& writer, std::uint32_t at, View view) noexcept {
    const std::uint32_t where = writer.take(view.size(), 1);
    writer.put(where, view.data(), view.size());
    writer.put_ref(at, Ref{where, static_cast<std::uint32_t>(view.size())});
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    return frame.claim(ref.where, ref.count, 1);
  }
  static View view(const Frame& frame, const std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    return {reinterpret_cast<const char*>(frame.body()) + ref.where, ref.count};
  }
  static std::string value(const Frame& frame, const std::byte* at) { return std::string(view(frame, at)); }
};

/// The place of an array of flat elements after its check.
template <class T>
struct Place {
  const T* data = nullptr;
  std::size_t count = 0;
  const External* external = nullptr;
};

template <class T>
Place<T> place_of(const Frame& frame, std::uint32_t where, std::size_t count) noexcept {
  if (where == 0) return {};
  if ((where & kExternal) == 0) return {reinterpret_cast<const T*>(frame.body() + where), count, nullptr};
  const External& external = frame.external(where & ~kExternal);
  return {reinterpret_cast<const T*>(external.data), count, &external};
}

/// An Array over what was received: shares the frame's memory where that can be kept, copies otherwise.
template <class T>
Array<T> array_of(const Place<T>& place) {
  if (place.external != nullptr && place.external->storage != nullptr) {
    place.external->storage->retain();
    return Array<T>(place.external->storage, place.data, place.count, place.external->is_private);
  }
  return Array<T>(std::span<const T>(place.data, place.count));
}

/// Arrays of flat elements. Scalars stand behind the Ref; structs behind an ArrayHeader, which carries their stride.
template <class T>
struct Wire<Array<T>> {
  using View = std::span<const T>;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;
  static constexpr std::uint64_t kAlign = [] {
    if constexpr (FlatStruct<T>) return Wire<T>::struct_align;
    else return Wire<T>::align;
  }();

  static View of(const Array<T>& value) noexcept { return {value.data(), value.size()}; }
  static Array<T> own(View view) { return Array<T>(view); }

  static void measure(Measure& measure, View view) noexcept {
    const std::size_t bytes = view.size_bytes();
    if constexpr (FlatStruct<T>) {
      measure.room(sizeof(ArrayHeader), alignof(ArrayHeader));
    }
    if (!measure.external(view.data(), bytes, Wire<T>::clear_padding)) measure.room(bytes, kAlign);
  }

  static void write(Writer& writer, std::uint32_t at, View view) noexcept {
    const std::size_t bytes = view.size_bytes();
    const auto count = static_cast<std::uint32_t>(view.size());
    if constexpr (FlatStruct<T>) {
      const std::uint32_t header_at = writer.take(sizeof(ArrayHeader), alignof(ArrayHeader));
      ArrayHeader header{sizeof(T), Wire<T>::used, 0, 0};
      const std::uint32_t external = writer.external(view.data(), bytes);
      if (external != kMaxExternals) header.external = external + 1;
      writer.put(header_at, &header, sizeof header);
      if (header.external == 0) put_elements(writer, writer.take(bytes, kAlign), view);
      writer.put_ref(at, Ref{header_at, count});
    } else {
      const std::uint32_t external = writer.external(view.data(), bytes);
      Ref ref{kExternal | external, count};
      if (external == kMaxExternals) {
        ref.where = writer.take(bytes, kAlign);
        put_elements(writer, ref.where, view);
      }
      writer.put_ref(at, ref);
    }
  }

  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    if constexpr (FlatStruct<T>) {
      return check_structs(frame, ref);
    } else {
      const std::uint64_t bytes = std::uint64_t{ref.count} * sizeof(T);
      if ((ref.where & kExternal) != 0) {
        if (!frame.claim_external(ref.where & ~kExternal, bytes, alignof(T), Wire<T>::has_bool)) return false;
        if constexpr (Wire<T>::has_bool) normalise_bools(frame.private_external(ref.where & ~kExternal), ref.count);
        return true;
      }
      if (!frame.claim(ref.where, bytes, kAlign)) return false;
      if constexpr (Wire<T>::has_bool) normalise_bools(frame.body() + ref.where, ref.count);
      return true;
    }
  }

  static Place<T> place(const Frame& frame, const std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if constexpr (FlatStruct<T>) {
      if (ref.where == 0) return {};
      const auto header = load<ArrayHeader>(frame.body() + ref.where);
      if (header.external != 0) return place_of<T>(frame, kExternal | (header.external - 1), ref.count);
      return place_of<T>(frame, elements_at(ref.where), ref.count);
    } else {
      return place_of<T>(frame, ref.where, ref.count);
    }
  }
  static View view(const Frame& frame, const std::byte* at) noexcept {
    const Place<T> found = place(frame, at);
    return {found.data, found.count};
  }
  static Array<T> value(const Frame& frame, const std::byte* at) { return array_of(place(frame, at)); }

 private:
  static constexpr std::uint32_t elements_at(std::uint32_t header_at) noexcept {
    return static_cast<std::uint32_t>((header_at + sizeof(ArrayHeader) + kAlign - 1) & ~(kAlign - 1));
  }

  static void put_elements(Writer& writer, std::uint32_t at, View view) noexcept {
    if constexpr (!Wire<T>::has_padding) {
      writer.put(at, view.data(), view.size_bytes());
    } else {
      for (const T& element : view) {
        Wire<T>::put_flat(writer, at, element);
        at += static_cast<std::uint32_t>(sizeof(T));
      }
    }
  }

  static bool check_structs(Frame& frame, Ref ref) noexcept {
    if (!frame.claim(ref.where, sizeof(ArrayHeader), alignof(ArrayHeader))) return false;
    auto header = load<ArrayHeader>(frame.body() + ref.where);
    // A version of a struct has its first field, or no field at all. An element always costs its sender something.
    if (header.used > header.stride || header.stride == 0 || (header.used != 0 && header.used < Wire<T>::first_field_end)) return false;
    const bool same = header.stride == sizeof(T) && header.used == Wire<T>::used;
    if (frame.exact() && !same) return false;
    const std::uint64_t bytes = std::uint64_t{ref.count} * header.stride;
    std::byte* elements = nullptr;
    if (header.external != 0) {
      if (!frame.claim_external(header.external - 1, bytes, alignof(T), Wire<T>::has_bool || !same)) return false;
      elements = frame.private_external(header.external - 1);
    } else {
      const std::uint32_t first = elements_at(ref.where);
      if (!frame.claim(first, bytes, same ? kAlign : 1)) return false;
      elements = frame.body() + first;
    }
    if (!same) return convert(frame, ref, header, elements);
    if constexpr (Wire<T>::has_bool) {
      for (std::uint32_t i = 0; i < ref.count; ++i) Wire<T>::normalise(elements + std::size_t{i} * sizeof(T));
    }
    return true;
  }

  /// Elements of another version: rewritten in this version's layout, fields that the writer lacked get their defaults.
  static bool convert(Frame& frame, Ref ref, ArrayHeader header, const std::byte* elements) noexcept {
    const std::uint64_t bytes = std::uint64_t{ref.count} * sizeof(T);
    if (bytes > std::numeric_limits<std::uint32_t>::max()) return false;
    const std::uint32_t index = frame.add_private(static_cast<std::size_t>(bytes));
    if (index >= frame.externals()) return false;
    auto* to = reinterpret_cast<T*>(frame.private_external(index));
    for (std::uint32_t i = 0; i < ref.count; ++i) {
      to[i] = Wire<T>::load_flat(elements + std::size_t{i} * header.stride, header.used);
    }
    header.external = index + 1;
    std::memcpy(frame.body() + ref.where, &header, sizeof header);
    return true;
  }
};

/// Lists of anything else: an array of structs' fixed parts behind an ArrayHeader, or of Refs.
template <class E>
struct ListWire {
  using Element = Wire<E>;
  using View = List<typename Element::View>;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static void measure(Measure& measure, const View& view) {
    if constexpr (Struct<E>) {
      measure.room(sizeof(ArrayHeader), alignof(ArrayHeader));
      measure.room(std::uint64_t{Element::struct_size} * view.size(), Element::struct_align);
      for (const auto& element : view) Element::measure_struct(measure, element);
    } else {
      measure.room(std::uint64_t{Element::size} * view.size(), Element::align);
      for (const auto& element : view) Element::measure(measure, element);
    }
  }

  static void write(Writer& writer, std::uint32_t at, const View& view) {
    const auto count = static_cast<std::uint32_t>(view.size());
    std::uint32_t where = 0;
    if constexpr (Struct<E>) {
      where = writer.take(sizeof(ArrayHeader), alignof(ArrayHeader));
      const ArrayHeader header{Element::struct_size, Element::used, 0, 0};
      writer.put(where, &header, sizeof header);
      std::uint32_t place = writer.take(std::uint64_t{Element::struct_size} * count, Element::struct_align);
      for (const auto& element : view) {
        Element::write_struct(writer, place, element);
        place += Element::struct_size;
      }
    } else {
      where = writer.take(std::uint64_t{Element::size} * count, Element::align);
      std::uint32_t place = where;
      for (const auto& element : view) {
        Element::write(writer, place, element);
        place += Element::size;
      }
    }
    writer.put_ref(at, Ref{where, count});
  }

  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    if constexpr (Struct<E>) {
      if (!frame.claim(ref.where, sizeof(ArrayHeader), alignof(ArrayHeader))) return false;
      const auto header = load<ArrayHeader>(frame.body() + ref.where);
      if (header.used > header.stride || header.stride == 0 || (header.used != 0 && header.used < Element::first_field_end)) return false;
      if (frame.exact() && (header.stride != Element::struct_size || header.used != Element::used || header.external != 0)) return false;
      const std::uint64_t bytes = std::uint64_t{ref.count} * header.stride;
      // Elements outside of the body come from a version in which the struct was flat; they are checked where the writer no longer reaches.
      if (header.external != 0 ? !frame.claim_external(header.external - 1, bytes, 1, true) : !frame.claim(elements_at(ref.where), bytes, 1)) return false;
      std::byte* const first = header.external != 0 ? frame.private_external(header.external - 1) : frame.body() + elements_at(ref.where);
      for (std::uint32_t i = 0; i < ref.count; ++i) {
        if (!Element::check_struct(frame, first + std::size_t{i} * header.stride, header.used)) return false;
      }
    } else {
      if (!frame.claim(ref.where, std::uint64_t{ref.count} * Element::size, Element::align)) return false;
      for (std::uint32_t i = 0; i < ref.count; ++i) {
        if (!Element::check(frame, frame.body() + ref.where + std::size_t{i} * Element::size)) return false;
      }
    }
    return true;
  }

  static View view(const Frame& frame, const std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return {};
    if constexpr (Struct<E>) {
      const auto header = load<ArrayHeader>(frame.body() + ref.where);
      return View(&frame, elements(frame, ref.where, header), ref.count, header.stride, header.used,
                  [](const void* context, const std::byte* place, std::uint32_t used) {
                    return Element::view_struct(*static_cast<const Frame*>(context), place, used);
                  });
    } else {
      return View(&frame, frame.body() + ref.where, ref.count, Element::size, 0,
                  [](const void* context, const std::byte* place, std::uint32_t) {
                    return Element::view(*static_cast<const Frame*>(context), place);
                  });
    }
  }

  /// Calls `take(E&&)` for each element.
  template <class F>
  static void each_value(const Frame& frame, const std::byte* at, F&& take) {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return;
    if constexpr (Struct<E>) {
      const auto header = load<ArrayHeader>(frame.body() + ref.where);
      const std::byte* first = elements(frame, ref.where, header);
      for (std::uint32_t i = 0; i < ref.count; ++i) take(Element::value_struct(frame, first + std::size_t{i} * header.stride, header.used));
    } else {
      for (std::uint32_t i = 0; i < ref.count; ++i) take(Element::value(frame, frame.body() + ref.where + std::size_t{i} * Element::size));
    }
  }

 private:
  static constexpr std::uint32_t elements_at(std::uint32_t header_at) noexcept {
    if constexpr (Struct<E>) {
      return static_cast<std::uint32_t>((header_at + sizeof(ArrayHeader) + Element::struct_align - 1) & ~(std::uint64_t{Element::struct_align} - 1));
    }
    return header_at;
  }
  static const std::byte* elements(const Frame& frame, std::uint32_t header_at, const ArrayHeader& header) noexcept {
    return header.external != 0 ? frame.external(header.external - 1).data : frame.body() + elements_at(header_at);
  }
};

template <class E>
struct Wire<std::vector<E>> : ListWire<E> {
  using View = typename ListWire<E>::View;

  static View of(const std::vector<E>& value) noexcept { return View(value); }
  static std::vector<E> own(const View& view) {
    std::vector<E> values;
    values.reserve(view.size());
    for (const auto& element : view) values.push_back(Wire<E>::own(element));
    return values;
  }
  static std::vector<E> value(const Frame& frame, const std::byte* at) {
    std::vector<E> values;
    values.reserve(load<Ref>(at).count);
    ListWire<E>::each_value(frame, at, [&](E&& element) { values.push_back(std::move(element)); });
    return values;
  }
};

/// Fixed arrays of scalars, of any number of dimensions, stand inline.
template <InlineFlat T, std::size_t N>
struct Wire<std::array<T, N>> {
  using View = std::array<T, N>;
  static constexpr std::uint32_t size = sizeof(T) * N;
  static constexpr std::uint32_t align = Wire<T>::align;
  static constexpr bool fixed = true;
  static constexpr bool has_bool = Wire<T>::has_bool;
  static constexpr bool has_padding = false;
  static constexpr ClearPadding clear_padding = nullptr;

  static const View& of(const View& value) noexcept { return value; }
  static View own(const View& value) noexcept { return value; }
  static void measure(Measure&, const View&) noexcept {}
  static void write(Writer& writer, std::uint32_t at, const View& view) noexcept { writer.put(at, view.data(), size); }
  static bool check(Frame&, std::byte* at) noexcept {
    normalise(at);
    return true;
  }
  static void normalise(std::byte* at) noexcept {
    if constexpr (has_bool) normalise_bools(at, size);
  }
  static View view(const Frame&, const std::byte* at) noexcept { return load<View>(at); }
  static View value(const Frame&, const std::byte* at) noexcept { return load<View>(at); }
};

}  // namespace shmidl::stub
