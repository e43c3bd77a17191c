// A coroutine that nobody waits for.
#pragma once

#include <coroutine>
#include <exception>

namespace shmidl::test {

/// Runs at once, and ends by itself.
struct Detached {
  struct promise_type {  // NOLINT: the language's name
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace shmidl::test
