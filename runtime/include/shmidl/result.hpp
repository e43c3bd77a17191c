#pragma once

// A value or an Error: what the `try_` form of a call returns.
//
// The interface is that of C++23's std::expected<T, Error>, so that code moves over
// by changing the name; value() throws the Error itself.

#include <concepts>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <shmidl/error.hpp>

namespace shmidl {

template <class T>
class Result;

/// Selects the Error when a Result is made in place: `Result<int>{unexpect, Errc::timed_out}`.
struct Unexpect {
  explicit Unexpect() = default;
};
inline constexpr Unexpect unexpect{};

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

template <class U>
inline constexpr bool is_error = std::is_base_of_v<Error, std::remove_cvref_t<U>>;

// What may become the value: not an Error, not another Result, not a tag.
template <class U, class T>
concept ValueOf = !is_error<U> && !is_result<std::remove_cvref_t<U>> && !std::same_as<std::remove_cvref_t<U>, std::in_place_t> &&
                  !std::same_as<std::remove_cvref_t<U>, Unexpect> && std::constructible_from<T, U>;

// std::invoke without <functional>, which every stub would have to read.
template <class F, class... A>
decltype(auto) invoke(F&& f, A&&... arguments) {
  return std::forward<F>(f)(std::forward<A>(arguments)...);
}
template <class C, class M, class A>
decltype(auto) invoke(M C::*member, A&& of) {
  if constexpr (!std::is_base_of_v<C, std::remove_cvref_t<A>>) {
    if constexpr (requires { *of; }) return detail::invoke(member, *std::forward<A>(of));
    else return detail::invoke(member, of.get());  // a std::reference_wrapper
  } else if constexpr (std::is_function_v<M>) {
    return (std::forward<A>(of).*member)();
  } else {
    return (std::forward<A>(of).*member);
  }
}

// std::construct_at and std::destroy_at without <memory>, as above.
template <class T, class... A>
void make_at(T& place, A&&... arguments) {
  ::new (const_cast<void*>(static_cast<const volatile void*>(__builtin_addressof(place)))) T(std::forward<A>(arguments)...);
}
template <class T>
void end_at(T& place) noexcept {
  place.~T();
}

}  // namespace detail

/// A T, or the Error that stands in its place.
///
/// Shape:   never empty; an assignment that throws leaves the Result as it was, or holding an Error.
/// Threads: like T.
/// Errors:  value() throws the Error (and, where it carries one, the struct that the handler threw); `*`, `->` and error() require that it is there.
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "Result holds an object or void, not a reference or an array");
  static_assert(!detail::is_error<T> && !detail::is_result<T>, "Result holds a value, not an error or another Result");

 public:
  using value_type = T;
  using error_type = Error;

  Result() noexcept(std::is_nothrow_default_constructible_v<T>) requires std::default_initializable<T> : value_(), has_value_{true} {}

  template <class U = T>
    requires detail::ValueOf<U, T>
  explicit(!std::is_convertible_v<U, T>) Result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U>)
      : value_(std::forward<U>(value)), has_value_{true} {}

  Result(const Error& error) noexcept : error_(error), has_value_{false} {}

  template <class... A>
    requires std::constructible_from<T, A...>
  explicit Result(std::in_place_t, A&&... arguments) : value_(std::forward<A>(arguments)...), has_value_{true} {}

  template <class... A>
    requires std::constructible_from<Error, A...>
  explicit Result(Unexpect, A&&... arguments) : error_(std::forward<A>(arguments)...), has_value_{false} {}

  template <class U>
    requires(!std::same_as<U, T> && !std::is_void_v<U> && std::constructible_from<T, U>)
  explicit(!std::is_convertible_v<U, T>) Result(Result<U> other) : Result{unexpect, Errc::cancelled} {
    if (other)
      emplace_value(*std::move(other));
    else
      error_ = other.error();
  }

  Result(const Result& other) requires std::copy_constructible<T> : has_value_{other.has_value_} { construct_from(other); }

  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_{other.has_value_} {
    construct_from(std::move(other));
  }

  Result& operator=(const Result& other) requires(std::copy_constructible<T> && std::is_copy_assignable_v<T>) {
    if (this != &other) assign_from(other);
    return *this;
  }

  Result& operator=(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>) {
    if (this != &other) assign_from(std::move(other));
    return *this;
  }

  ~Result() { destroy(); }

  bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  const T&& operator*() const&& noexcept { return std::move(value_); }
  T* operator->() noexcept { return __builtin_addressof(value_); }
  const T* operator->() const noexcept { return __builtin_addressof(value_); }

  T& value() & { return check(), value_; }
  const T& value() const& { return check(), value_; }
  T&& value() && { return check(), std::move(value_); }
  const T&& value() const&& { return check(), std::move(value_); }

  Error& error() & noexcept { return error_; }
  const Error& error() const& noexcept { return error_; }
  Error&& error() && noexcept { return std::move(error_); }
  const Error&& error() const&& noexcept { return std::move(error_); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(other));
  }
  template <class U>
  T value_or(U&& other) && {
    return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(other));
  }

  /// Makes a value in place of what is held; when that throws, an Error is left: what was there, or Errc::cancelled.
  template <class... A>
    requires std::constructible_from<T, A...>
  T& emplace(A&&... arguments) {
    if (has_value_) become(Error{Errc::cancelled});
    emplace_value(std::forward<A>(arguments)...);
    return value_;
  }

  void swap(Result& other) noexcept(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>) {
    Result held{std::move(other)};
    other = std::move(*this);
    *this = std::move(held);
  }
  friend void swap(Result& a, Result& b) noexcept(noexcept(a.swap(b))) { a.swap(b); }

  /// `f(value)`, which returns a Result; or the error, passed on.
  template <class F>
  auto and_then(F&& f) & { return and_then_of(*this, std::forward<F>(f)); }
  template <class F>
  auto and_then(F&& f) const& { return and_then_of(*this, std::forward<F>(f)); }
  template <class F>
  auto and_then(F&& f) && { return and_then_of(std::move(*this), std::forward<F>(f)); }

  /// The value; or `f(error)`, which returns a Result of the same type.
  template <class F>
  Result or_else(F&& f) const& {
    return has_value_ ? *this : Result(detail::invoke(std::forward<F>(f), error_));
  }
  template <class F>
  Result or_else(F&& f) && {
    return has_value_ ? std::move(*this) : Result(detail::invoke(std::forward<F>(f), error_));
  }

  /// A Result of what `f(value)` returns; or the error, passed on.
  template <class F>
  auto transform(F&& f) & { return transform_of(*this, std::forward<F>(f)); }
  template <class F>
  auto transform(F&& f) const& { return transform_of(*this, std::forward<F>(f)); }
  template <class F>
  auto transform(F&& f) && { return transform_of(std::move(*this), std::forward<F>(f)); }

  /// The value; or the Error that `f(error)` returns.
  template <class F>
  Result transform_error(F&& f) const& {
    return has_value_ ? *this : Result(unexpect, detail::invoke(std::forward<F>(f), error_));
  }
  template <class F>
  Result transform_error(F&& f) && {
    return has_value_ ? std::move(*this) : Result(unexpect, detail::invoke(std::forward<F>(f), error_));
  }

  template <class U>
    requires(!std::is_void_v<U>)
  friend bool operator==(const Result& a, const Result<U>& b) {
    if (a.has_value() != b.has_value()) return false;
    return a.has_value() ? static_cast<bool>(*a == *b) : a.error() == b.error();
  }
  friend bool operator==(const Result& a, const T& value) { return a.has_value() && static_cast<bool>(*a == value); }
  friend bool operator==(const Result& a, const Error& error) { return !a.has_value() && a.error() == error; }

 private:
  void check() const {
    if (!has_value_) error_.raise();
  }

  void destroy() noexcept {
    if (has_value_)
      detail::end_at(value_);
    else
      detail::end_at(error_);
  }

  template <class R>
  void construct_from(R&& other) {
    if (has_value_)
      detail::make_at(value_, std::forward<R>(other).value_);
    else
      detail::make_at(error_, other.error_);
  }

  template <class R>
  void assign_from(R&& other) {
    if (!other.has_value_)
      become(other.error_);
    else if (has_value_)
      value_ = std::forward<R>(other).value_;
    else
      emplace_value(std::forward<R>(other).value_);
  }

  void become(const Error& error) noexcept {
    if (!has_value_) {
      error_ = error;
      return;
    }
    detail::end_at(value_);
    detail::make_at(error_, error);
    has_value_ = false;
  }

  // Replaces the error that is held; puts it back when the value's constructor throws.
  template <class... A>
  void emplace_value(A&&... arguments) {
    if constexpr (std::is_nothrow_constructible_v<T, A...>) {
      detail::end_at(error_);
      detail::make_at(value_, std::forward<A>(arguments)...);
    } else {
      const Error held{error_};
      detail::end_at(error_);
      try {
        detail::make_at(value_, std::forward<A>(arguments)...);
      } catch (...) {
        detail::make_at(error_, held);
        throw;
      }
    }
    has_value_ = true;
  }

  template <class R, class F>
  static auto and_then_of(R&& self, F&& f) {
    using U = std::remove_cvref_t<std::invoke_result_t<F, decltype(*std::forward<R>(self))>>;
    static_assert(detail::is_result<U>, "and_then takes a function that returns a Result; use transform for a plain value");
    return self.has_value_ ? detail::invoke(std::forward<F>(f), *std::forward<R>(self)) : U(self.error_);
  }

  template <class R, class F>
  static auto transform_of(R&& self, F&& f) {
    using U = std::remove_cv_t<std::invoke_result_t<F, decltype(*std::forward<R>(self))>>;
    if (!self.has_value_) return Result<U>(self.error_);
    if constexpr (std::is_void_v<U>) {
      detail::invoke(std::forward<F>(f), *std::forward<R>(self));
      return Result<U>();
    } else {
      return Result<U>(std::in_place, detail::invoke(std::forward<F>(f), *std::forward<R>(self)));
    }
  }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

/// Done, or the Error that says why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  Result(const Error& error) noexcept : error_{error} {}
  explicit Result(std::in_place_t) noexcept {}
  template <class... A>
    requires std::constructible_from<Error, A...>
  explicit Result(Unexpect, A&&... arguments) : error_{std::in_place, std::forward<A>(arguments)...} {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void operator*() const noexcept {}
  void value() const {
    if (error_) error_->raise();
  }

  Error& error() & noexcept { return *error_; }
  const Error& error() const& noexcept { return *error_; }
  Error&& error() && noexcept { return std::move(*error_); }
  const Error&& error() const&& noexcept { return std::move(*error_); }

  void emplace() noexcept { error_.reset(); }
  void swap(Result& other) noexcept { error_.swap(other.error_); }
  friend void swap(Result& a, Result& b) noexcept { a.swap(b); }

  /// `f()`, which returns a Result; or the error, passed on.
  template <class F>
  auto and_then(F&& f) const {
    using U = std::remove_cvref_t<std::invoke_result_t<F>>;
    static_assert(detail::is_result<U>, "and_then takes a function that returns a Result; use transform for a plain value");
    return has_value() ? detail::invoke(std::forward<F>(f)) : U(*error_);
  }

  /// Done; or `f(error)`, which returns a Result<void>.
  template <class F>
  Result or_else(F&& f) const {
    return has_value() ? *this : Result(detail::invoke(std::forward<F>(f), *error_));
  }

  /// A Result of what `f()` returns; or the error, passed on.
  template <class F>
  auto transform(F&& f) const {
    using U = std::remove_cv_t<std::invoke_result_t<F>>;
    if (!has_value()) return Result<U>(*error_);
    if constexpr (std::is_void_v<U>) {
      detail::invoke(std::forward<F>(f));
      return Result<U>();
    } else {
      return Result<U>(std::in_place, detail::invoke(std::forward<F>(f)));
    }
  }

  /// Done; or the Error that `f(error)` returns.
  template <class F>
  Result transform_error(F&& f) const {
    return has_value() ? *this : Result(unexpect, detail::invoke(std::forward<F>(f), *error_));
  }

  friend bool operator==(const Result& a, const Result& b) noexcept { return a.error_ == b.error_; }
  friend bool operator==(const Result& a, const Error& error) noexcept { return a.error_ == error; }

 private:
  std::optional<Error> error_;
};

}  // namespace shmidl
