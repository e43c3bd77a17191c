// What generated to_string functions are made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>

namespace shmidl {
template <class P>
class Box;
class Blob;
class Fd;
class Holder;
}  // namespace shmidl

namespace shmidl::stub {

template <class T>
concept SizedRange = requires(const T& range) {
  std::begin(range) != std::end(range);
  std::size(range);
};

/// A std::shared_ptr, which has a name only where <memory> was read.
template <class T>
concept ObjectPointer = requires(const T& pointer) {
  typename T::element_type;
  pointer.use_count();
};

/// Builds `Image{format=RGB, width=640, tags=["a", "b"]}`.
class Text {
 public:
  static constexpr std::size_t kMostElements = 16;  // of an array; then how many more there are

  explicit Text(std::string_view type);

  template <class T>
  Text& field(std::string_view name, const T& value) {
    begin(name);
    add(text_, value);
    return *this;
  }
  [[nodiscard]] std::string take();

  /// An enumerator without a name: its number.
  template <class E>
  [[nodiscard]] static std::string number(E value) {
    std::string text;
    if constexpr (std::is_enum_v<E>) add(text, static_cast<std::underlying_type_t<E>>(value));
    else add(text, value);
    return text;
  }

 private:
  void begin(std::string_view name);
  static void add_bool(std::string& to, bool value);
  static void add_signed(std::string& to, std::int64_t value);
  static void add_unsigned(std::string& to, std::uint64_t value);
  static void add_float(std::string& to, float value);
  static void add_double(std::string& to, double value);
  static void add_quoted(std::string& to, std::string_view value);
  static void add_rest(std::string& to, std::size_t more);

  template <class T>
  static void add(std::string& to, const T& value) {
    if constexpr (std::is_same_v<T, bool>) add_bool(to, value);
    else if constexpr (std::is_same_v<T, float>) add_float(to, value);
    else if constexpr (std::is_floating_point_v<T>) add_double(to, static_cast<double>(value));
    else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) add_unsigned(to, value);
    else if constexpr (std::is_integral_v<T>) add_signed(to, value);
    else if constexpr (std::is_convertible_v<const T&, std::string_view>) add_quoted(to, value);
    else if constexpr (requires { to_string(value); }) to += to_string(value);
    else if constexpr (std::is_enum_v<T>) to += number(value);
    else add_compound(to, value);
  }

  template <SizedRange T>
  static void add_compound(std::string& to, const T& elements) {
    to += '[';
    std::size_t shown = 0;
    for (const auto& element : elements) {
      if (shown == kMostElements) {
        add_rest(to, std::size(elements) - shown);
        break;
      }
      if (shown++ != 0) to += ", ";
      add(to, element);
    }
    to += ']';
  }
  template <class T>
  static void add_compound(std::string& to, const std::optional<T>& value) {
    if (value) add(to, *value);
    else to += "null";
  }
  template <class T>
  static void add_compound(std::string& to, const Box<T>& value) {
    if (value) add(to, *value);
    else to += "null";
  }
  template <ObjectPointer T>
  static void add_compound(std::string& to, const T& value) {
    to += value != nullptr ? "object" : "null";
  }
  static void add_compound(std::string& to, const Fd& value);
  static void add_compound(std::string& to, const Blob& value);
  static void add_compound(std::string& to, const Holder& value);
  /// A type of the user's own that has no to_string.
  template <class T>
    requires(!SizedRange<T> && !ObjectPointer<T>)
  static void add_compound(std::string& to, const T&) {
    to += "...";
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace shmidl::stub
