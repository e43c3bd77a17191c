// An answer that arrives later.
#pragma once

#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <shmidl/result.hpp>
#include <shmidl/stub/call.hpp>
#include <shmidl/stub/continuation.hpp>
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

  /// Has `fn` called with the Result<T> when the call has ended, however it ended; the Future is empty then.
  ///
  /// Threads:  `fn` runs on the one that is in `run` or `dispatch_ready` of link(*client), never elsewhere, and never in this call.
  /// Lifetime: keeps the connection until `fn` has run; a closed connection ends its calls, for the next dispatch to tell.
  /// Errors:   (thrown) std::logic_error of an empty Future; Errc::no_resources. What `fn` throws leaves `run` or `dispatch_ready`.
  template <class F>
  void then(F&& fn) {
    static_assert(std::is_invocable_v<std::decay_t<F>&, Result<T>>, "then() takes a function of a shmidl::Result<T>");
    if (!valid()) throw std::logic_error("Future::then: this Future has no call: it was moved from, or its answer was taken");
    auto node = std::make_unique<Then<std::decay_t<F>>>(std::forward<F>(fn));
    node->wait_for(*this);
    node.release();  // its own from here on
  }

  class Awaiter;
  /// `co_await`: takes the answer, or throws Error. Where it is not there yet, the coroutine is resumed by `run` or `dispatch_ready` of link(*client),
  /// never elsewhere. A coroutine that is destroyed meanwhile gives the call up. Lifetime: keeps the connection.
  Awaiter operator co_await() { return Awaiter(std::move(*this)); }

 private:
  template <class F>
  class Then;

  stub::Pending call_;
  Collect collect_ = nullptr;
};

template <class T>
template <class F>
class Future<T>::Then final : public stub::CallContinuation {
 public:
  template <class G>
  explicit Then(G&& fn) : fn_(std::forward<G>(fn)) {}

  void wait_for(Future& future) {
    future_ = std::move(future);
    try {
      wait(future_.call_);
    } catch (...) {
      future = std::move(future_);
      throw;
    }
  }

 private:
  void go_on() override {
    const std::unique_ptr<Then> self(this);
    fn_(future_.try_get());
  }

  Future future_;
  F fn_;
};

/// Stands in the coroutine's frame and is never moved or copied, which g++ 12 gets wrong.
template <class T>
class [[nodiscard]] Future<T>::Awaiter final : stub::CallContinuation {
 public:
  explicit Awaiter(Future&& future) noexcept : future_(std::move(future)) {}

  [[nodiscard]] bool await_ready() const noexcept { return !future_.valid() || future_.call_.ended(); }
  template <class Handle>
  void await_suspend(Handle coroutine) {
    coroutine_ = coroutine.address();
    resume_ = [](void* address) { Handle::from_address(address).resume(); };
    wait(future_.call_);
  }
  T await_resume() { return future_.get(); }

 private:
  void go_on() override { resume_(coroutine_); }

  Future future_;
  void* coroutine_ = nullptr;
  void (*resume_)(void*) = nullptr;
};

}  // namespace shmidl
