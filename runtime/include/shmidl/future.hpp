// An answer that arrives later.
#pragma once

#include <utility>

#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl {

/// What an `async_` call returns.
///
/// Lifetime: keeps the connection. Dropping it abandons the reply: it neither waits nor cancels.
/// Threads:  one at a time; it may be moved to another thread.
template <class T>
class [[nodiscard]] Future {
 public:
  using Collect = Result<T> (*)(stub::Pending& call);

  Future() noexcept = default;
  /// For the stubs.
  Future(stub::Pending call, Collect collect) noexcept : call_(std::move(call)), collect_(collect) {}
  Future(Future&& other) noexcept : call_(std::move(other.call_)), collect_(std::exchange(other.collect_, nullptr)) {}
  Future& operator=(Future&& other) noexcept {
    call_ = std::move(other.call_);
    collect_ = std::exchange(other.collect_, nullptr);
    return *this;
  }

  /// True until get() or try_get() took the answer.
  [[nodiscard]] bool valid() const noexcept { return collect_ != nullptr; }

  /// Waits for the answer and takes it; throws Error. Only once.
  T get() { return try_get().value(); }

  /// Waits for the answer and takes it. Only once.
  Result<T> try_get() {
    if (!valid()) return Error(Errc::cancelled, "this Future has no call: it was moved from, or its answer was taken");
    stub::Pending call = std::move(call_);
    return std::exchange(collect_, nullptr)(call);
  }

  /// Gives the call up: it ends with Errc::cancelled at once, and its handler's stop token is requested; nothing if the answer is there.
  void cancel() noexcept { call_.cancel(); }

  /// Waits for at most `duration`, not at all if it is negative; true once the call has ended.
  [[nodiscard]] bool wait_for(std::chrono::nanoseconds duration) {
    using Clock = std::chrono::steady_clock;
    if (!valid()) return true;
    const auto now = Clock::now();
    if (duration <= std::chrono::nanoseconds::zero()) return call_.wait_until(now);
    return call_.wait_until(duration < Clock::time_point::max() - now ? now + duration : Clock::time_point::max());
  }

 private:
  stub::Pending call_;
  Collect collect_ = nullptr;
};

}  // namespace shmidl
