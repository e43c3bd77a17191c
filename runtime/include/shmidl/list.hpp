// A read-only random-access range over elements that are made on access: strings, structs, arrays inside a frame or in the caller's memory.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>

namespace shmidl {

namespace detail {

// What has its elements one behind the other; as std::ranges::contiguous_range, without <ranges>, which every stub would have to read.
template <class R>
concept Contiguous = requires(const R& range) {
  { *std::data(range) } -> std::same_as<std::remove_pointer_t<decltype(std::data(range))>&>;
  { std::size(range) } -> std::convertible_to<std::size_t>;
};
template <class R>
using ElementOf = std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<const R&>()))>>;

}  // namespace detail

/// A range of `V` by value, without an allocation: over a received frame, or over any contiguous range whose elements convert to `V`.
///
/// Lifetime: that of what it looks at; in a handler, until the handler returns.
/// Threads:  any number of readers.
template <class V>
class List {
 public:
  using value_type = V;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;

  /// How an element is made from its place: `context` is the frame, or null; `extent` is how many of its bytes the writer knew.
  using Make = V (*)(const void* context, const std::byte* place, std::uint32_t extent);

  class iterator;
  using const_iterator = iterator;

  constexpr List() noexcept = default;

  /// A view of `range`, which must outlive the list.
  template <class R>
    requires(!std::same_as<std::remove_cvref_t<R>, List>) &&  // first: while V is not complete nothing more may be asked
            detail::Contiguous<R> && std::convertible_to<const detail::ElementOf<R>&, V>
  List(const R& range) noexcept  // NOLINT: converts as a span does
      : List(nullptr, reinterpret_cast<const std::byte*>(std::data(range)), std::size(range), sizeof(detail::ElementOf<R>), 0,
             &make_from<detail::ElementOf<R>>) {}

  /// A view of the elements written between braces, for the length of the full expression.
  List(std::initializer_list<V> elements) noexcept
      : List(nullptr, reinterpret_cast<const std::byte*>(elements.begin()), elements.size(), sizeof(V), 0, &make_from<V>) {}

  /// For the stubs: `count` elements, `stride` bytes apart.
  List(const void* context, const std::byte* first, std::size_t count, std::size_t stride, std::uint32_t extent, Make make) noexcept
      : context_(context), first_(first), count_(count), stride_(stride), extent_(extent), make_(make) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] V operator[](std::size_t index) const { return make_(context_, first_ + index * stride_, extent_); }
  [[nodiscard]] V front() const { return (*this)[0]; }
  [[nodiscard]] V back() const { return (*this)[count_ - 1]; }
  [[nodiscard]] iterator begin() const noexcept { return iterator(this, 0); }
  [[nodiscard]] iterator end() const noexcept { return iterator(this, count_); }

 private:
  template <class E>
  static V make_from(const void*, const std::byte* place, std::uint32_t) {
    return static_cast<V>(*reinterpret_cast<const E*>(place));
  }

  const void* context_ = nullptr;
  const std::byte* first_ = nullptr;
  std::size_t count_ = 0;
  std::size_t stride_ = 0;
  std::uint32_t extent_ = 0;
  Make make_ = nullptr;
};

/// Walks a List; yields elements by value. Lifetime: that of the List it came from.
template <class V>
class List<V>::iterator {
 public:
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = V;
  using difference_type = std::ptrdiff_t;
  using reference = V;
  using pointer = void;

  iterator() noexcept = default;
  iterator(const List* list, std::size_t index) noexcept : list_(list), index_(index) {}

  V operator*() const { return (*list_)[index_]; }
  V operator[](difference_type n) const { return (*list_)[index_ + static_cast<std::size_t>(n)]; }
  iterator& operator++() noexcept { return *this += 1; }
  iterator& operator--() noexcept { return *this -= 1; }
  iterator operator++(int) noexcept { auto old = *this; ++*this; return old; }
  iterator operator--(int) noexcept { auto old = *this; --*this; return old; }
  iterator& operator+=(difference_type n) noexcept { index_ += static_cast<std::size_t>(n); return *this; }
  iterator& operator-=(difference_type n) noexcept { index_ -= static_cast<std::size_t>(n); return *this; }
  friend iterator operator+(iterator i, difference_type n) noexcept { return i += n; }
  friend iterator operator+(difference_type n, iterator i) noexcept { return i += n; }
  friend iterator operator-(iterator i, difference_type n) noexcept { return i -= n; }
  friend difference_type operator-(const iterator& a, const iterator& b) noexcept {
    return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
  }
  friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }
  friend auto operator<=>(const iterator& a, const iterator& b) noexcept { return a.index_ <=> b.index_; }

 private:
  const List* list_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace shmidl
