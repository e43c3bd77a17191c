// Results that come one after the other: what a method declared `stream T` returns, on both sides.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <shmidl/error.hpp>
#include <shmidl/result.hpp>
#include <shmidl/stub/stream_method.hpp>
#include <shmidl/stub/stream_reader.hpp>
#include <shmidl/stub/stream_writer.hpp>
#include <shmidl/stub/time.hpp>
#include <shmidl/stub/wire.hpp>

namespace shmidl {

/// Where the function given to Stream<T>::push() puts its items. Threads: one at a time. Lifetime: that function's call.
template <class T>
class Sink {
 public:
  using Write = bool (*)(stub::StreamWriter& to, const T& item);
  explicit Sink(stub::StreamWriter& to, Write write = &stub::write_item<T>) noexcept : to_(to), write_(write) {}

  /// Waits until the reader has room for it, as StreamOptions::slow_reader says. Errors (thrown): Errc::cancelled once nobody reads: then the function
  /// returns, or lets it pass; Errc::overloaded (SlowReader::disconnect); those of the item, too_large and no_resources.
  void put(const T& item) {
    do to_.await_room();
    while (!write_(to_, item));
  }
  /// True once nobody reads, as this_call().stop_token() tells.
  [[nodiscard]] bool is_cancelled() const noexcept { return to_.is_cancelled(); }

 private:
  stub::StreamWriter& to_;
  const Write write_;
};

namespace stub {

/// What makes the items of a handler's stream.
template <class T>
class ItemSource {
 public:
  ItemSource() = default;
  ItemSource(const ItemSource&) = delete;
  ItemSource& operator=(const ItemSource&) = delete;
  virtual ~ItemSource() = default;

  /// The next one, until the next call; null: there is none left.
  virtual const T* next() = 0;
  virtual bool pushes() const noexcept { return false; }
  /// All of them, where pushes().
  virtual void push(Sink<T>&) {}
};

template <class T, class F>
class PulledItems final : public ItemSource<T> {
 public:
  explicit PulledItems(F fn) : fn_(std::move(fn)) {}
  const T* next() override {
    item_ = fn_();
    return item_ ? &*item_ : nullptr;
  }

 private:
  F fn_;
  std::optional<T> item_;
};

template <class T, class F>
class PushedItems final : public ItemSource<T> {
 public:
  explicit PushedItems(F fn) : fn_(std::move(fn)) {}
  const T* next() override { throw std::logic_error("a stream that is pushed is read over a connection"); }
  bool pushes() const noexcept override { return true; }
  void push(Sink<T>& sink) override { fn_(sink); }

 private:
  F fn_;
};

/// Until the last line of a coroutine, which `co_yield`s.
template <class T>
class CoroutineItems;

}  // namespace stub

/// Items of type T, one after the other, then the end, or an error.
///
/// A handler returns one that it makes: by `co_yield`, by pull() or by push(). Items are made only while the reader has room for them, so it runs no
/// faster than its reader. Its arguments, also the views among them, live until the stream has ended. Making them, this_call() has a meaning; its
/// stop_token() is requested when nobody reads any more. What the handler's code throws ends the stream, after the items before it.
///
/// A caller gets one that it reads: with range-for, next(), or `co_await`. Dropping it before its end gives the stream up.
///
/// Lifetime: one that is read keeps the connection.
/// Threads:  one at a time; cancel() on any.
template <class T>
class [[nodiscard]] Stream {
 public:
  struct promise_type;
  /// What the reader's method makes of items and errors.
  struct Reading {
    Result<std::optional<T>> (*item)(stub::StreamReader& reader);
    Error (*error)(const Error& error);
  };

  /// Has no items.
  Stream() noexcept = default;
  /// For the stubs: one that is read.
  Stream(stub::StreamReader reader, const Reading& reading) noexcept : reader_(std::move(reader)), reading_(reading) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) noexcept = default;

  // ── to make one ───────────────────────────────────────────────────────────────────────────────

  /// Items that `fn` returns, a std::optional<T> each, until it returns none. It runs on the server's threads, one call at a time.
  template <class F>
  static Stream pull(F fn, const StreamOptions& options = {}) {
    static_assert(std::is_convertible_v<std::invoke_result_t<F&>, std::optional<T>>, "pull() takes a function that returns std::optional<T>");
    return Stream(std::make_unique<stub::PulledItems<T, F>>(std::move(fn)), options);
  }
  /// Items that `fn(Sink<T>&)` puts until it returns. It runs on one of the server's threads, which it keeps; at most all but one of them do so at a time.
  /// With one thread, calls are served inside of Sink::put().
  template <class F>
  static Stream push(F fn, const StreamOptions& options = {}) {
    static_assert(std::is_invocable_v<F&, Sink<T>&>, "push() takes a function of a Sink<T>&");
    return Stream(std::make_unique<stub::PushedItems<T, F>>(std::move(fn)), options);
  }
  /// The same stream with other options: for coroutines.
  Stream with(const StreamOptions& options) && {
    options_ = options;
    return std::move(*this);
  }

  // ── to read one ───────────────────────────────────────────────────────────────────────────────

  /// Waits for the next item; nothing at the end of the stream. Errors (thrown): what ended it; then again each time.
  std::optional<T> next() { return take(std::chrono::steady_clock::time_point::max()).value(); }
  /// The same, and never throws.
  Result<std::optional<T>> try_next() noexcept {
    try {
      return take(std::chrono::steady_clock::time_point::max());
    } catch (...) {
      return stub::caught_error(true);
    }
  }
  /// Waits for at most `duration`, not at all if it is not above zero. Errors (thrown): Errc::timed_out, and the stream goes on; as next().
  std::optional<T> next_for(std::chrono::nanoseconds duration) {
    using Clock = std::chrono::steady_clock;
    const auto now = Clock::now();
    if (duration <= std::chrono::nanoseconds::zero()) return take(now).value();
    return take(duration < Clock::time_point::max() - now ? now + duration : Clock::time_point::max()).value();
  }
  /// Gives the stream up: its maker stops, and reading it ends with Errc::cancelled.
  void cancel() noexcept {
    if (reader_) reader_.cancel();
  }

  /// Input iterators: each step is a next().
  class Iterator;
  Iterator begin() { return Iterator(*this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

  class Awaiter;
  /// `co_await`: as next(). Where nothing is there yet, the coroutine is resumed by `run` or `dispatch_ready` of link(*client), never elsewhere.
  Awaiter operator co_await() noexcept { return Awaiter(*this); }

  // ── for the stubs ─────────────────────────────────────────────────────────────────────────────

  /// Makes one item, or, where pushes(), all of them; false: there is none left. `Codec` as in stub::write_item().
  template <class Codec = T>
  bool step(stub::StreamWriter& to) {
    if (reader_) throw std::logic_error("a handler returned a stream that is read: return Stream<T>::pull() of its next()");
    if (source_ == nullptr) return false;
    if (source_->pushes()) {
      Sink<T> sink(to, &stub::write_item<Codec>);
      source_->push(sink);
      return false;
    }
    if (unsent_ == nullptr) unsent_ = source_->next();
    if (unsent_ == nullptr) return false;
    if (stub::write_item<Codec>(to, *unsent_)) unsent_ = nullptr;
    return true;
  }
  /// The item that its reader has.
  template <class Codec>
  static Result<std::optional<T>> read_item(stub::StreamReader& reader);
  [[nodiscard]] bool pushes() const noexcept { return source_ != nullptr && source_->pushes(); }
  [[nodiscard]] const StreamOptions& options() const noexcept { return options_; }

 private:
  explicit Stream(std::unique_ptr<stub::ItemSource<T>> source, const StreamOptions& options = {}) noexcept
      : source_(std::move(source)), options_(options) {}

  Result<std::optional<T>> take(std::chrono::steady_clock::time_point until);

  std::unique_ptr<stub::ItemSource<T>> source_;  // null: it is read, or has no items
  const T* unsent_ = nullptr;  // an item for which there was no memory
  StreamOptions options_;
  stub::StreamReader reader_;
  Reading reading_{};
};

template <class T>
Result<std::optional<T>> Stream<T>::take(std::chrono::steady_clock::time_point until) {
  using Got = stub::StreamReader::Got;
  if (!reader_) {  // nobody else reads it: its items are made here
    const T* const item = source_ != nullptr ? source_->next() : nullptr;
    if (item == nullptr) return Result<std::optional<T>>(std::in_place);
    return Result<std::optional<T>>(std::in_place, std::in_place, stub::Wire<T>::own(stub::Wire<T>::of(*item)));
  }
  switch (reader_.wait(until)) {
    case Got::end:
      return Result<std::optional<T>>(std::in_place);
    case Got::error:
      return reading_.error(reader_.error());
    case Got::nothing:
      return Error(Errc::timed_out, "the stream brought nothing in that time", Execution::yes);
    case Got::item:
      break;
  }
  return reading_.item(reader_);
}

template <class T>
template <class Codec>
Result<std::optional<T>> Stream<T>::read_item(stub::StreamReader& reader) {
  using Wire = stub::Wire<Codec>;
  stub::Frame& frame = reader.item();
  if (!frame.claim(0, stub::Root<Wire>::bytes, 1) || !Wire::check(frame, frame.body())) return reader.malformed();
  struct Finish {
    stub::StreamReader& reader;
    ~Finish() { reader.finish(); }
  } finish{reader};
  return Result<std::optional<T>>(std::in_place, std::in_place, Wire::value(frame, frame.body()));
}

template <class T>
class Stream<T>::Iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;

  explicit Iterator(Stream& stream) : stream_(&stream) { ++*this; }
  Iterator(Iterator&&) = default;
  Iterator& operator=(Iterator&&) = default;

  T& operator*() const noexcept { return *item_; }
  T* operator->() const noexcept { return &*item_; }
  Iterator& operator++() {
    item_ = stream_->next();
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& at, std::default_sentinel_t) noexcept { return !at.item_; }

 private:
  Stream* stream_;
  mutable std::optional<T> item_;
};

/// Stands in the coroutine's frame and is never moved or copied, which g++ 12 gets wrong.
template <class T>
class [[nodiscard]] Stream<T>::Awaiter final : stub::StreamContinuation {
 public:
  explicit Awaiter(Stream& stream) noexcept : stream_(stream) {}

  [[nodiscard]] bool await_ready() const noexcept { return !stream_.reader_ || stream_.reader_.ready(); }
  template <class Handle>
  void await_suspend(Handle coroutine) {
    coroutine_ = coroutine.address();
    resume_ = [](void* address) { Handle::from_address(address).resume(); };
    this->wait(stream_.reader_);
  }
  std::optional<T> await_resume() { return stream_.next(); }

 private:
  void go_on() override { resume_(coroutine_); }

  Stream& stream_;
  void* coroutine_ = nullptr;
  void (*resume_)(void*) = nullptr;
};

/// A coroutine that returns a Stream<T> runs until its first item when that is asked for; each `co_yield` waits until the next one is.
template <class T>
struct Stream<T>::promise_type {
  Stream get_return_object() {
    return Stream(std::make_unique<stub::CoroutineItems<T>>(std::coroutine_handle<promise_type>::from_promise(*this)));
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  /// The item stays where it is, until the coroutine goes on.
  std::suspend_always yield_value(const T& item) noexcept {
    current = std::addressof(item);
    return {};
  }
  void return_void() noexcept { current = nullptr; }
  void unhandled_exception() {
    current = nullptr;
    thrown = std::current_exception();
  }
  /// The server resumes it, and nobody else.
  template <class A>
  void await_transform(A&&) = delete;

  const T* current = nullptr;
  std::exception_ptr thrown;
};

template <class T>
class stub::CoroutineItems final : public stub::ItemSource<T> {
 public:
  using Handle = std::coroutine_handle<typename Stream<T>::promise_type>;
  explicit CoroutineItems(Handle coroutine) noexcept : coroutine_(coroutine) {}
  ~CoroutineItems() override { coroutine_.destroy(); }

  const T* next() override {
    if (coroutine_.done()) return nullptr;
    coroutine_.resume();
    if (coroutine_.promise().thrown) std::rethrow_exception(std::exchange(coroutine_.promise().thrown, nullptr));
    return coroutine_.done() ? nullptr : coroutine_.promise().current;
  }

 private:
  const Handle coroutine_;
};

}  // namespace shmidl
