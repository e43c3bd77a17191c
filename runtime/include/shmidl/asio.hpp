// Servers, clients and calls in Boost.Asio's event loop. Needs Boost's headers; nothing else of this library includes it.
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <shmidl/client.hpp>
#include <shmidl/future.hpp>
#include <shmidl/server.hpp>

namespace shmidl::asio {

/// Dispatches a server or the link of a client, for as long as it lives, whenever its descriptor is readable.
///
/// Lifetime: `Dispatched` is a Server&, which must outlive it, or a LinkHandle, which keeps the connection. Ends with cancel() or its destructor.
/// Threads:  handlers and continuations run in the executor, which must run one of them at a time: one thread, or a strand. cancel() and the
///           destructor belong there, too. What a continuation throws leaves `io_context::run`.
/// Errors:   (thrown) as poll_fd(); boost::system::system_error.
template <class Dispatched>
class Loop {
 public:
  Loop(boost::asio::any_io_executor executor, Dispatched dispatched)
      : state_(std::make_shared<State>(std::move(executor), std::forward<Dispatched>(dispatched))) {
    State::wait(state_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  Loop(Loop&&) noexcept = default;
  Loop& operator=(Loop&& other) noexcept {
    cancel();
    state_ = std::move(other.state_);
    return *this;
  }
  ~Loop() { cancel(); }

  /// Dispatches no more; the io_context has one thing less to wait for.
  void cancel() noexcept {
    if (state_ == nullptr) return;
    boost::system::error_code ignored;
    state_->ready.cancel(ignored);
    state_->over = true;
    state_.reset();
  }

 private:
  struct State {
    State(boost::asio::any_io_executor executor, Dispatched&& of)
        // Asio closes what it is given, and the descriptor is the library's.
        : dispatched(std::forward<Dispatched>(of)), ready(std::move(executor), ::dup(dispatched.poll_fd())) {}

    static void wait(const std::shared_ptr<State>& state) {
      state->ready.async_wait(boost::asio::posix::stream_descriptor::wait_read, [state](const boost::system::error_code& error) {
        if (error || state->over) return;
        Again again{state};
        state->dispatched.dispatch_ready();
      });
    }
    /// Waits for the next time, also when the dispatch throws.
    struct Again {
      const std::shared_ptr<State>& state;
      ~Again() {
        if (!state->over) wait(state);
      }
    };

    Dispatched dispatched;
    boost::asio::posix::stream_descriptor ready;
    bool over = false;
  };

  std::shared_ptr<State> state_;
};

Loop(boost::asio::any_io_executor, Server&) -> Loop<Server&>;
Loop(boost::asio::any_io_executor, LinkHandle) -> Loop<LinkHandle>;

/// Completes `token` with the call's answer: void(std::exception_ptr, T), or void(std::exception_ptr) of a void method. So `use_awaitable` and
/// `use_future` give the answer, or throw the Error. Somebody must dispatch the client: a Loop of its link.
template <class T, class Token>
auto async_get(Future<T> call, Token&& token) {
  const auto start = [](auto handler, Future<T> of) {
    auto executor = boost::asio::get_associated_executor(handler);
    of.then([handler = std::move(handler), executor](Result<T> answer) mutable {
      std::exception_ptr error = answer ? nullptr : std::make_exception_ptr(answer.error());
      if constexpr (std::is_void_v<T>) {
        boost::asio::dispatch(executor, [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
      } else {
        T value = answer ? std::move(*answer) : T{};
        boost::asio::dispatch(executor,
                              [handler = std::move(handler), error, value = std::move(value)]() mutable { std::move(handler)(error, std::move(value)); });
      }
    });
  };
  if constexpr (std::is_void_v<T>) return boost::asio::async_initiate<Token, void(std::exception_ptr)>(start, token, std::move(call));
  else return boost::asio::async_initiate<Token, void(std::exception_ptr, T)>(start, token, std::move(call));
}

}  // namespace shmidl::asio
