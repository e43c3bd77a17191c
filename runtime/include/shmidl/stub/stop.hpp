// std::stop_token, for headers that every stub reads.
//
// Source: g++ 12's <stop_token> brings threads and semaphores, 12,500 lines to a stub's 50,000. Who has a token has read it.
#pragma once

#include <cstddef>
#include <utility>
#include <version>

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12 && _GLIBCXX_RELEASE <= 15 && !_GLIBCXX_INLINE_VERSION
namespace std {
class stop_token;
}
#else
#include <stop_token>
#endif

namespace shmidl::stub {

/// A copy of a std::stop_token, or none. Threads: as a std::stop_token.
class StopHolder {
 public:
  StopHolder() noexcept = default;
  StopHolder(const std::stop_token& token) noexcept;  // NOLINT: users write `.stop = token`
  StopHolder(const StopHolder& other) noexcept {
    if (other.holds_) copy(other);
  }
  StopHolder& operator=(const StopHolder& other) noexcept {
    if (this == &other) return *this;
    reset();
    if (other.holds_) copy(other);
    return *this;
  }
  ~StopHolder() { reset(); }

  /// True if there is a token by which a stop can ever be requested.
  explicit operator bool() const noexcept { return holds_; }
  /// Where there is one.
  [[nodiscard]] const std::stop_token& token() const noexcept;
  [[nodiscard]] bool requested() const noexcept;

  void reset() noexcept {
    if (holds_) drop();
  }

 private:
  void copy(const StopHolder& other) noexcept;
  void drop() noexcept;

  alignas(void*) std::byte room_[sizeof(void*)];  // the token stands here
  bool holds_ = false;
};

}  // namespace shmidl::stub
