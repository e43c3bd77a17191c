// Values of any generated type, out of a seed: the codecs name a type's parts, so nothing here knows a type by name.
#pragma once

#include <shmidl/shmidl.hpp>
#include <shmidl/stub.hpp>
#include <shmidl/stub/blob_wire.hpp>
#include <shmidl/stub/bounded_wire.hpp>
#include <shmidl/stub/handle_wire.hpp>
#include <shmidl/stub/union_wire.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace e2e {

/// Fills values from a seed. Recursion ends because what may be empty or null is, below a depth.
///
/// Not filled, so left as a new value has it: objects (they travel only when absent), descriptors (no two are equal), and types with a codec of their own.
class Filler {
 public:
  explicit Filler(std::uint32_t seed) : random_(seed) {}

  template <class Codec>
  void fill(shmidl::stub::ValueOf<Codec>& value) {
    ++depth_;
    fill_as(value, static_cast<Codec*>(nullptr));
    --depth_;
  }

 private:
  static constexpr int kDeep = 6;

  std::uint64_t number(std::uint64_t below) { return random_() % below; }
  std::size_t length() { return depth_ > kDeep ? 0 : number(10) == 0 ? number(300) / static_cast<std::size_t>(depth_ * depth_) : number(4); }

  template <class T, class Codec>
    requires std::is_arithmetic_v<T>
  void fill_as(T& value, Codec*) {
    if constexpr (std::is_same_v<T, bool>) value = number(2) == 1;
    else if constexpr (std::is_floating_point_v<T>) value = static_cast<T>(static_cast<std::int32_t>(random_())) / 8;
    else value = static_cast<T>(random_());
  }
  template <class T, class Codec>
    requires std::is_enum_v<T>
  void fill_as(T& value, Codec*) {
    value = static_cast<T>(random_());  // also those that nobody declared: they survive
  }
  void fill_as(std::string& value, std::string*) {
    value.clear();
    for (std::size_t left = length(); left > 0; --left) value += static_cast<char>('a' + number(26));
  }
  template <class T>
  void fill_as(shmidl::Array<T>& value, shmidl::Array<T>*) {
    shmidl::Array<T> made(length());
    for (T& each : made) fill<T>(each);
    value = std::move(made);
  }
  template <class T>
  void fill_as(std::vector<T>& value, std::vector<T>*) {
    value.clear();
    value.resize(length());
    for (T& each : value) fill<T>(each);
  }
  template <class T, std::size_t N>
  void fill_as(std::array<T, N>& value, std::array<T, N>*) {
    for (T& each : value) fill<T>(each);
  }
  template <class T>
  void fill_as(std::optional<T>& value, std::optional<T>*) {
    value.reset();
    if (depth_ <= kDeep && number(3) != 0) fill<T>(value.emplace());
  }
  template <class T>
  void fill_as(shmidl::Box<T>& value, shmidl::Box<T>*) {
    value.reset();
    if (depth_ <= kDeep && number(3) != 0) fill<T>(value.emplace());
  }
  template <class T, std::size_t N>
  void fill_as(T& value, shmidl::stub::Bounded<T, N>*) {
    fill<T>(value);
    shorten(value, N);
  }
  template <class T>
    requires shmidl::stub::TaggedUnion<T>
  void fill_as(T& value, T*) {
    fill_union(value, static_cast<shmidl::stub::Wire<T>*>(nullptr));
  }
  template <class T>
    requires std::is_base_of_v<shmidl::stub::StructTag, shmidl::stub::Wire<T>>
  void fill_as(T& value, T*) {
    fill_struct(value, static_cast<shmidl::stub::Wire<T>*>(nullptr));
  }
  template <class T>
  void fill_as(std::shared_ptr<T>&, std::shared_ptr<T>*) {}
  void fill_as(shmidl::Fd&, shmidl::Fd*) {}
  void fill_as(shmidl::Blob& value, shmidl::Blob*) {
    if (number(6) != 0) return;  // a call carries at most 64
    std::vector<std::byte> bytes(number(200));
    for (std::byte& each : bytes) each = static_cast<std::byte>(random_());
    value = shmidl::Blob(bytes);
  }
  void fill_as(shmidl::Holder&, shmidl::Holder*) {}

  template <class T, std::uint32_t Size, class... Fields>
  void fill_struct(T& value, shmidl::stub::FlatWire<T, Size, Fields...>*) {
    (fill<typename Fields::Type>(value.*Fields::member), ...);
  }
  template <class T, std::uint32_t Size, std::uint32_t Align, class... Fields>
  void fill_struct(T& value, shmidl::stub::StructWire<T, Size, Align, Fields...>*) {
    (fill<typename Fields::Type>(value.*Fields::member), ...);
  }
  template <class T, class... Members>
  void fill_union(T& value, shmidl::stub::UnionWire<T, Members...>*) {
    const std::uint64_t chosen = number(sizeof...(Members));
    (fill_member<T, Members>(value, chosen), ...);
  }
  template <class T, class Member>
  void fill_member(T& value, std::uint64_t chosen) {
    if (chosen != Member::tag) return;
    constexpr auto tag = static_cast<typename T::Tag>(Member::tag);
    shmidl::stub::ValueOf<typename Member::Type> held{};
    fill<typename Member::Type>(held);
    value = T::template make<tag>(std::move(held));
  }

  template <class T>
  static void shorten(T& value, std::size_t most) {
    if (value.size() > most) value.resize(most);
  }
  static void shorten(shmidl::Blob& value, std::size_t most) {
    if (value.size() > most) value = shmidl::Blob(value.bytes().first(most));
  }
  template <class T>
  static void shorten(std::optional<T>& value, std::size_t most) {
    if (value) shorten(*value, most);
  }

  std::mt19937 random_;
  int depth_ = 0;
};

}  // namespace e2e
