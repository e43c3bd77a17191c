// A call of a server that is a part of the caller's process, run on the calling thread: what stands in the place of a frame.
//
// The handler gets the caller's own values, but for those that come back: they are the handler's until it has ended well, so that a call that fails
// changes nothing, as between two processes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include <shmidl/stub/call.hpp>
#include <shmidl/stub/parameters.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl::stub {

/// Lifetime: the caller's frame. Threads: the caller's.
class DirectCall {
 public:
  /// Enters the server, if that makes no difference to who calls: no deadline, no stop, no oneway call before it that has not ended, a handler's turn to be
  /// had without waiting, an object that is not busy. `arguments`: where each of the method's stands; `result`: a std::optional of the method's.
  DirectCall(Target& target, std::uint32_t method, const CallOptions* options, const void* const* arguments, void* result) noexcept;
  DirectCall(const DirectCall&) = delete;
  DirectCall& operator=(const DirectCall&) = delete;
  ~DirectCall();

  /// False: the call goes over the connection.
  [[nodiscard]] bool entered() const noexcept { return entered_; }
  /// Runs the handler. The error is what would have come over the connection.
  [[nodiscard]] std::optional<Error> run() noexcept;

  [[nodiscard]] const std::byte* argument(std::size_t index) const noexcept { return static_cast<const std::byte*>(arguments_[index]); }
  template <class R>
  [[nodiscard]] std::optional<R>& result() const noexcept {
    return *static_cast<std::optional<R>*>(result_);
  }
  /// What the stub of the server tells a direct call by: as many bytes as its request certainly does not have.
  [[nodiscard]] std::uint32_t odd_bytes() const noexcept { return odd_bytes_; }
  void set_odd_bytes(std::uint32_t bytes) noexcept { odd_bytes_ = bytes; }

 private:
  struct State;
  static constexpr std::size_t kRoom = 64;
  const void* const* arguments_;
  void* result_;
  std::uint32_t method_;
  std::uint32_t odd_bytes_ = 0;
  bool entered_ = false;
  alignas(16) std::byte room_[kRoom];  // the State stands here
  State* const state_;
};

/// A parameter P as its handler gets it from a direct call. This one: what goes in only.
template <class P>
struct Local {
  static constexpr bool returns = false;
  using Value = std::remove_reference_t<typename P::Argument>;
  Local(ServerCall&, const std::byte* at) noexcept : value(*reinterpret_cast<Value*>(const_cast<std::byte*>(at))) {}
  Value& pass() noexcept { return value; }
  void give() noexcept {}
  Value& value;
};

template <class C, class V>
struct Local<Out<C, V>> {
  static constexpr bool returns = true;
  Local(ServerCall&, const std::byte* at) : into(reinterpret_cast<V*>(const_cast<std::byte*>(at))) {}
  V& pass() noexcept { return value; }
  void give() { *into = std::move(value); }
  V* into;
  V value = V();
};

template <class C, class V>
struct Local<InOut<C, V>> {
  static constexpr bool returns = true;
  Local(ServerCall&, const std::byte* at) : into(reinterpret_cast<V*>(const_cast<std::byte*>(at))), value(Wire<V>::own(Wire<V>::of(*into))) {}
  V& pass() noexcept { return value; }
  void give() { *into = std::move(value); }
  V* into;
  V value;
};

template <class T>
struct LocalElements {
  static constexpr bool returns = true;
  explicit LocalElements(const std::byte* at) noexcept : into(*reinterpret_cast<const std::span<T>*>(at)) {}
  std::span<T> pass() { return {value.data(), value.size()}; }
  void give() noexcept {
    if (!into.empty()) std::memcpy(into.data(), std::as_const(value).data(), into.size_bytes());
  }
  const std::span<T> into;
  Array<T> value;
};

template <class T>
struct Local<CountedOut<T>> : LocalElements<T> {
  Local(ServerCall& call, const std::byte* at) : LocalElements<T>(at) {
    const std::size_t count = this->into.size();
    fits = count <= call.max_reply_bytes() / sizeof(T);
    if (fits) this->value = Array<T>(count);
    else call.too_large(count);
  }
  bool fits;
};

template <class T>
struct Local<CountedInOut<T>> : LocalElements<T> {
  Local(ServerCall&, const std::byte* at) : LocalElements<T>(at) { this->value = Array<T>(std::span<const T>(this->into)); }
};

}  // namespace shmidl::stub
