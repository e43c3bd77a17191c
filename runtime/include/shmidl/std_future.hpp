// Calls for code that waits with std::future.
#pragma once

#include <future>
#include <utility>

#include <shmidl/future.hpp>

namespace shmidl {

/// A std::future of the same answer; get() throws the Error.
///
/// It becomes ready in `run` or `dispatch_ready` of link(*client): whoever waits for it on the thread that should be there waits for ever.
/// Errors: as Future::then().
template <class T>
[[nodiscard]] std::future<T> to_std_future(Future<T> call) {
  std::promise<T> promise;
  std::future<T> future = promise.get_future();
  call.then([promise = std::move(promise)](Result<T> answer) mutable {
    if (!answer) return promise.set_exception(std::make_exception_ptr(answer.error()));
    if constexpr (std::is_void_v<T>) promise.set_value();
    else promise.set_value(std::move(*answer));
  });
  return future;
}

}  // namespace shmidl
