// Tagged unions: the base of their classes, of their views, and their codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// The first alternative of a union's variant.
///
/// Whether a variant can be made of nothing is asked when its class is named; of a struct that lies in the same class as the union, with
/// defaults of its own, that cannot be told before the outer class ends. This is made of nothing in any case.
template <class T>
struct First {
  T value;

  First() : value() {}
  template <class A, class... More>
    requires(!std::is_same_v<std::remove_cvref_t<A>, First>)
  explicit First(A&& argument, More&&... more) : value(std::forward<A>(argument), std::forward<More>(more)...) {}

  friend bool operator==(const First& a, const First& b) { return a.value == b.value; }
};

template <class T, class... Ts>
struct HeldBy {
  using Type = std::variant<First<T>, Ts...>;
};

/// What an alternative holds.
template <class T>
const T& inside(const T& alternative) noexcept {
  return alternative;
}
template <class T>
const T& inside(const First<T>& alternative) noexcept {
  return alternative.value;
}
template <class T>
T& inside(T& alternative) noexcept {
  return alternative;
}
template <class T>
T& inside(First<T>& alternative) noexcept {
  return alternative.value;
}

/// Lets the codecs reach the variant inside of a union.
struct UnionAccess {
  template <class U>
  static auto& variant(U& of) noexcept {
    return of.shmidl_held_;
  }
};

/// What a generated union `U` derives from: one of `Ts`, the first by default. The tag of a member is its place among them.
///
/// Errors: get() of a member that is not held throws std::bad_variant_access.
template <class U, class... Ts>
class Union {
 public:
  Union() = default;

  template <auto Member, class V>
  [[nodiscard]] static U make(V&& value) {
    U made;
    UnionAccess::variant(made).template emplace<place<Member>()>(std::forward<V>(value));
    return made;
  }

  [[nodiscard]] auto tag() const noexcept { return static_cast<typename U::Tag>(shmidl_held_.index()); }

  template <auto Member>
  [[nodiscard]] const auto& get() const {
    return inside(std::get<place<Member>()>(shmidl_held_));
  }
  template <auto Member>
  [[nodiscard]] auto& get() {
    return inside(std::get<place<Member>()>(shmidl_held_));
  }

  /// Calls `f` with the member that is held.
  template <class F>
  decltype(auto) visit(F&& f) const {
    return std::visit([&f](auto& alternative) -> decltype(auto) { return std::forward<F>(f)(inside(alternative)); }, shmidl_held_);
  }
  template <class F>
  decltype(auto) visit(F&& f) {
    return std::visit([&f](auto& alternative) -> decltype(auto) { return std::forward<F>(f)(inside(alternative)); }, shmidl_held_);
  }

  friend bool operator==(const Union& a, const Union& b) { return a.shmidl_held_ == b.shmidl_held_; }

 protected:
  template <class... A>
  explicit Union(std::in_place_index_t<0> first, A&&... arguments) : shmidl_held_(first, std::forward<A>(arguments)...) {}

 private:
  friend struct UnionAccess;
  template <auto Member>
  static constexpr std::size_t place() noexcept {
    static_assert(std::is_same_v<std::remove_const_t<decltype(Member)>, typename U::Tag>, "a member of a union is named by its Tag");
    return static_cast<std::size_t>(Member);
  }

  typename HeldBy<Ts...>::Type shmidl_held_;
};

/// What the view of a union derives from; `V` is the view's class.
template <class V, class T, class... Views>
class UnionView {
 public:
  using Tag = T;

  UnionView() = default;

  template <Tag Member, class A>
  [[nodiscard]] static V make(const A& value) {
    V made;
    UnionAccess::variant(made).template emplace<static_cast<std::size_t>(Member)>(value);
    return made;
  }

  [[nodiscard]] Tag tag() const noexcept { return static_cast<Tag>(shmidl_held_.index()); }
  template <Tag Member>
  [[nodiscard]] const auto& get() const {
    return std::get<static_cast<std::size_t>(Member)>(shmidl_held_);
  }
  /// Calls `f` with the view of the member that is held.
  template <class F>
  decltype(auto) visit(F&& f) const {
    return std::visit(std::forward<F>(f), shmidl_held_);
  }

 private:
  friend struct UnionAccess;
  std::variant<Views...> shmidl_held_;
};

/// One member of a union: its tag, and its codec.
template <std::uint32_t Tag, class V>
struct Member {
  using Type = V;
  static constexpr std::uint32_t tag = Tag;
};

/// A union: a Ref to {u32 tag, u32 zero, the fixed part of the member}. Absent stands for the default, the first member with its default.
template <class U, class... Members>
struct UnionWire : UnionTag {
  using View = typename U::View;
  static constexpr std::uint32_t size = sizeof(Ref);
  static constexpr std::uint32_t align = alignof(Ref);
  static constexpr bool fixed = false;
  static constexpr std::uint32_t kHead = 8;  // before the member

  static View of(const U& value) {
    View view;
    const auto& held = UnionAccess::variant(value);
    (view_of<Members>(view, held), ...);
    return view;
  }
  static U own(const View& view) {
    U value;
    const auto& held = UnionAccess::variant(view);
    (own_of<Members>(value, held), ...);
    return value;
  }

  static void measure(Measure& measure, const View& view) {
    const Measure::Nested nested(measure, name_of<U>());
    const auto& held = UnionAccess::variant(view);
    (measure_of<Members>(measure, held), ...);
  }
  static void write(Writer& writer, std::uint32_t at, const View& view) {
    const auto& held = UnionAccess::variant(view);
    (write_of<Members>(writer, at, held), ...);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return ref.count == 0;
    const Frame::Nested nested(frame);
    if (!nested || ref.count < kHead || !frame.claim(ref.where, ref.count, 8)) return false;
    std::byte* const block = frame.body() + ref.where;
    const auto tag = load<std::uint32_t>(block);
    bool known = false;
    const bool good = (check_of<Members>(frame, block, ref.count, tag, known) && ...);
    if (known) return good;
    if (frame.exact()) return false;
    return name_of<U>().empty() ? frame.refuse_tag("?", tag) : frame.refuse_tag(name_of<U>(), tag);
  }
  static View view(const Frame& frame, const std::byte* at) {
    const Ref ref = load<Ref>(at);
    if (ref.where == 0) return of(defaults());
    View view;
    const std::byte* const block = frame.body() + ref.where;
    const auto tag = load<std::uint32_t>(block);
    (read_of<Members>(tag, [&] {
       UnionAccess::variant(view).template emplace<Members::tag>(Wire<typename Members::Type>::view(frame, block + kHead));
     }), ...);
    return view;
  }
  static U value(const Frame& frame, const std::byte* at) {
    const Ref ref = load<Ref>(at);
    U value;
    if (ref.where == 0) return value;
    const std::byte* const block = frame.body() + ref.where;
    const auto tag = load<std::uint32_t>(block);
    (read_of<Members>(tag, [&] {
       UnionAccess::variant(value).template emplace<Members::tag>(Wire<typename Members::Type>::value(frame, block + kHead));
     }), ...);
    return value;
  }

 private:
  static const U& defaults() {
    static const U value;
    return value;
  }
  template <class M>
  static constexpr std::uint32_t block_bytes() noexcept {
    return kHead + Wire<typename M::Type>::size;
  }
  template <class M, class Held>
  static void view_of(View& view, const Held& held) {
    if (held.index() == M::tag) UnionAccess::variant(view).template emplace<M::tag>(Wire<typename M::Type>::of(inside(*std::get_if<M::tag>(&held))));
  }
  template <class M, class Held>
  static void own_of(U& value, const Held& held) {
    if (held.index() == M::tag) UnionAccess::variant(value).template emplace<M::tag>(Wire<typename M::Type>::own(*std::get_if<M::tag>(&held)));
  }
  template <class M, class Held>
  static void measure_of(Measure& measure, const Held& held) {
    if (held.index() != M::tag) return;
    measure.room(block_bytes<M>(), 8);
    Wire<typename M::Type>::measure(measure, *std::get_if<M::tag>(&held));
  }
  template <class M, class Held>
  static void write_of(Writer& writer, std::uint32_t at, const Held& held) {
    if (held.index() != M::tag) return;
    const std::uint32_t where = writer.take(block_bytes<M>(), 8);
    writer.put_ref(at, Ref{where, block_bytes<M>()});
    writer.zero(where, block_bytes<M>());
    const std::uint32_t tag = M::tag;
    writer.put(where, &tag, sizeof tag);
    Wire<typename M::Type>::write(writer, where + kHead, *std::get_if<M::tag>(&held));
  }
  template <class M>
  static bool check_of(Frame& frame, std::byte* block, std::uint32_t bytes, std::uint32_t tag, bool& known) noexcept {
    if (tag != M::tag) return true;
    known = true;
    return bytes == block_bytes<M>() && Wire<typename M::Type>::check(frame, block + kHead);
  }
  template <class M, class Read>
  static void read_of(std::uint32_t tag, Read&& read) {
    if (tag == M::tag) read();
  }
};

}  // namespace shmidl::stub
