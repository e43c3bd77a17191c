// Codecs of what may be absent: optional values, and boxes.
#pragma once

#include <optional>

#include <shmidl/box.hpp>
#include <shmidl/stub/struct_wire.hpp>

namespace shmidl::stub {

/// Structs and unions stand behind a Ref of their own, which is absent when they are; anything else gets a Ref to its fixed part.
template <class V>
concept HasOwnRef = Struct<V> || TaggedUnion<V>;

template <class V>
struct Wire<std::optional<V>> {
  using View = std::optional<typename Wire<V>::View>;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static View of(const std::optional<V>& value) {
    if (!value) return std::nullopt;
    return View(std::in_place, Wire<V>::of(*value));
  }
  static std::optional<V> own(const View& view) {
    if (!view) return std::nullopt;
    return std::optional<V>(std::in_place, Wire<V>::own(*view));
  }

  static void measure(Measure& measure, const View& view) {
    if (!view) return;
    if constexpr (!HasOwnRef<V>) measure.room(Wire<V>::size, Wire<V>::align);
    Wire<V>::measure(measure, *view);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) {
    if (!view) return writer.put_ref(at, Ref{});
    if constexpr (HasOwnRef<V>) {
      Wire<V>::write(writer, at, *view);
    } else {
      const std::uint32_t where = writer.take(Wire<V>::size, Wire<V>::align);
      writer.put_ref(at, Ref{where, Wire<V>::size});
      writer.zero(where, Wire<V>::size);
      Wire<V>::write(writer, where, *view);
    }
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    if constexpr (HasOwnRef<V>) {
      return Wire<V>::check(frame, at);
    } else {
      return ref.count == Wire<V>::size && frame.claim(ref.where, ref.count, Wire<V>::align) && Wire<V>::check(frame, frame.body() + ref.where);
    }
  }
  static View view(const Frame& frame, const std::byte* at) {
    if (load<Ref>(at).where == 0) return std::nullopt;
    return View(std::in_place, Wire<V>::view(frame, place(frame, at)));
  }
  static std::optional<V> value(const Frame& frame, const std::byte* at) {
    if (load<Ref>(at).where == 0) return std::nullopt;
    return std::optional<V>(std::in_place, Wire<V>::value(frame, place(frame, at)));
  }

 private:
  static const std::byte* place(const Frame& frame, const std::byte* at) noexcept {
    if constexpr (HasOwnRef<V>) return at;
    else return frame.body() + load<Ref>(at).where;
  }
};

/// As an optional struct on the wire; its view is made when it is asked for, so that a view of a chain is not as long as the chain.
template <class P>
struct Wire<Box<P>> {
  using View = BoxView<typename Wire<P>::View>;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;

  static View of(const Box<P>& value) noexcept {
    return View(nullptr, value ? reinterpret_cast<const std::byte*>(&*value) : nullptr, 0, [](const void*, const std::byte* place, std::uint32_t) {
      return View_(Wire<P>::of(*reinterpret_cast<const P*>(place)));
    });
  }
  static Box<P> own(const View& view) {
    if (!view) return {};
    return Box<P>(Wire<P>::own(*view));
  }
  static void measure(Measure& measure, const View& view) {
    if (view) Wire<P>::measure(measure, *view);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) {
    if (view) Wire<P>::write(writer, at, *view);
    else writer.put_ref(at, Ref{});
  }
  static bool check(Frame& frame, std::byte* at) noexcept { return Wire<P>::check(frame, at); }
  static View view(const Frame& frame, const std::byte* at) noexcept {
    if (load<Ref>(at).where == 0) return {};
    return View(&frame, at, 0, [](const void* context, const std::byte* place, std::uint32_t) {
      return Wire<P>::view(*static_cast<const Frame*>(context), place);
    });
  }
  static Box<P> value(const Frame& frame, const std::byte* at) {
    if (load<Ref>(at).where == 0) return {};
    return Box<P>(Wire<P>::value(frame, at));
  }

 private:
  using View_ = typename Wire<P>::View;
};

}  // namespace shmidl::stub
