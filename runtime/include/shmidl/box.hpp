// An optional value behind a pointer: what lets a struct hold another of its own kind.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace shmidl {

/// A P, or nothing; copies deeply and compares by value.
///
/// Shape:   a pointer; P may be incomplete where a Box of it is declared.
/// Threads: as std::optional<P>.
/// Errors:  value() throws std::bad_optional_access; `*` and `->` require a value.
template <class P>
class Box {
 public:
  using value_type = P;

  Box() noexcept = default;
  Box(std::nullopt_t) noexcept {}  // NOLINT: as an optional
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, P>
  Box(U&& value) : held_(new P(std::forward<U>(value))) {}  // NOLINT: as an optional
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, std::optional<P>>
  Box(U&& value) : held_(value ? new P(*std::forward<U>(value)) : nullptr) {}  // NOLINT: from an optional

  Box(const Box& other) : held_(other.held_ != nullptr ? new P(*other.held_) : nullptr) {}
  Box(Box&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Box& operator=(const Box& other) {
    if (this != &other) *this = Box(other);
    return *this;
  }
  Box& operator=(Box&& other) noexcept {
    // What is assigned may stand inside of what is given up: a list that drops its head.
    P* const old = std::exchange(held_, std::exchange(other.held_, nullptr));
    drop(old);
    return *this;
  }
  ~Box() { drop(held_); }

  [[nodiscard]] bool has_value() const noexcept { return held_ != nullptr; }
  explicit operator bool() const noexcept { return held_ != nullptr; }
  P& operator*() noexcept { return *held_; }
  const P& operator*() const noexcept { return *held_; }
  P* operator->() noexcept { return held_; }
  const P* operator->() const noexcept { return held_; }
  P& value() { return check(), *held_; }
  const P& value() const { return check(), *held_; }

  void reset() noexcept { drop(std::exchange(held_, nullptr)); }
  template <class... A>
  P& emplace(A&&... arguments) {
    drop(std::exchange(held_, new P{std::forward<A>(arguments)...}));
    return *held_;
  }

  friend bool operator==(const Box& a, const Box& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || *a.held_ == *b.held_);
  }
  friend bool operator==(const Box& a, std::nullopt_t) noexcept { return !a.has_value(); }

 private:
  void check() const {
    if (held_ == nullptr) throw std::bad_optional_access();
  }
  static void drop(P* held) noexcept {
    static_assert(sizeof(P) != 0, "a Box ends where its P is complete");
    delete held;
  }

  P* held_ = nullptr;  // owned
};

/// The view of a Box: a `V`, or nothing; the V is made when it is asked for.
///
/// Lifetime: that of what it looks at; in a handler, until the handler returns.
/// Threads:  any number of readers.
template <class V>
class BoxView {
 public:
  using value_type = V;
  /// How the value is made from its place: `context` is the frame, or null; `extent` is how many of its bytes the writer knew.
  using Make = V (*)(const void* context, const std::byte* place, std::uint32_t extent);

  constexpr BoxView() noexcept = default;
  /// From std::nullopt alone: what converts to it would be looked for in an optional of a V that may not be known yet.
  template <std::same_as<std::nullopt_t> N>
  constexpr BoxView(N) noexcept {}  // NOLINT: as an optional

  /// A view of what `box` holds, which must stay.
  template <class P>
    requires(std::convertible_to<const P&, V>)
  BoxView(const Box<P>& box) noexcept  // NOLINT: converts as a view does
      : BoxView(nullptr, box ? reinterpret_cast<const std::byte*>(&*box) : nullptr, 0, &make_from<P>) {}
  template <class P>
    requires(std::convertible_to<const P&, V>)
  BoxView(const std::optional<P>& optional) noexcept  // NOLINT: converts as a view does
      : BoxView(nullptr, optional ? reinterpret_cast<const std::byte*>(&*optional) : nullptr, 0, &make_from<P>) {}

  /// For the stubs: nothing if `place` is null.
  BoxView(const void* context, const std::byte* place, std::uint32_t extent, Make make) noexcept
      : context_(context), place_(place), extent_(extent), make_(make) {}

  [[nodiscard]] bool has_value() const noexcept { return place_ != nullptr; }
  explicit operator bool() const noexcept { return place_ != nullptr; }
  [[nodiscard]] V operator*() const { return make_(context_, place_, extent_); }
  [[nodiscard]] V value() const {
    if (place_ == nullptr) throw std::bad_optional_access();
    return **this;
  }
  /// Keeps the view that `->` reaches into until the end of the expression.
  struct Arrow {
    V view;
    const V* operator->() const noexcept { return &view; }
  };
  [[nodiscard]] Arrow operator->() const { return Arrow{**this}; }
  operator std::optional<V>() const {  // NOLINT: what a parameter takes
    if (place_ == nullptr) return std::nullopt;
    return **this;
  }

 private:
  template <class P>
  static V make_from(const void*, const std::byte* place, std::uint32_t) {
    return static_cast<V>(*reinterpret_cast<const P*>(place));
  }

  const void* context_ = nullptr;
  const std::byte* place_ = nullptr;
  std::uint32_t extent_ = 0;
  Make make_ = nullptr;
};

}  // namespace shmidl
