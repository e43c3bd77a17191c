// @MaxSize: a codec that holds a string or array to a bound.
#pragma once

#include <optional>
#include <string>

#include <shmidl/error.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl {
class Blob;
}

namespace shmidl::stub {

/// Stands where a codec is named: values of type V with at most N elements, or bytes of a string.
template <class V, std::size_t N>
struct Bounded;

template <class V, std::size_t N>
struct ValueType<Bounded<V, N>> {
  using Type = V;
};

/// As Wire<V>. A sender that passes the bound, or a receiver whose peer does, gets Errc::too_large; the connection lives on.
template <class V, std::size_t N>
struct Wire<Bounded<V, N>> : Wire<V> {
  using View = typename Wire<V>::View;
  static_assert(!Wire<V>::fixed, "a bound stands on a string, an array or a list");

  static void measure(Measure& measure, const View& view) {
    if (const std::size_t count = count_of(view); count > N) {
      throw Error(Errc::too_large, std::to_string(count) + " " + std::string(kUnit) + " were given where at most " + std::to_string(N) + " may stand");
    }
    Wire<V>::measure(measure, view);
  }
  static bool check(Frame& frame, std::byte* at) noexcept {
    if (!Wire<V>::check(frame, at)) return false;
    const std::uint64_t count = count_at(frame, at);
    return count <= N || frame.refuse_length(kUnit, count, N);
  }

 private:
  template <class T>
  struct Parts {
    static constexpr bool optional = false;
    using Type = T;
  };
  template <class T>
  struct Parts<std::optional<T>> {
    static constexpr bool optional = true;
    using Type = T;
  };
  static constexpr bool kBlob = std::is_same_v<typename Parts<V>::Type, Blob>;
  static constexpr std::string_view kUnit = std::is_same_v<typename Parts<V>::Type, std::string> ? "bytes of text" : kBlob ? "bytes of a blob" : "elements";

  static std::size_t count_of(const View& view) noexcept {
    if constexpr (Parts<V>::optional) return view ? view->size() : 0;
    else return view.size();
  }
  /// A string, an array and a list begin with a Ref that counts what they hold.
  static std::uint64_t count_at(const Frame& frame, const std::byte* at) noexcept {
    if constexpr (Parts<V>::optional) {
      const Ref ref = load<Ref>(at);
      if (ref.where == 0) return 0;
      at = frame.body() + ref.where;
    }
    if constexpr (kBlob) return Wire<typename Parts<V>::Type>::view(frame, at).size();
    else return load<Ref>(at).count;
  }
};

}  // namespace shmidl::stub
