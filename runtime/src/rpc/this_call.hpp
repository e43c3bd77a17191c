// Which call the current thread is serving.
#pragma once

#include <utility>

#include "rpc/thread_memory.hpp"

namespace shmidl::rpc {

/// Marks, for its lifetime, that the current thread serves a call of `link`. Nests.
class CurrentCall {
 public:
  explicit CurrentCall(stub::Link& link) noexcept : outer_(std::exchange(thread_memory.serving, &link)) {}
  CurrentCall(const CurrentCall&) = delete;
  CurrentCall& operator=(const CurrentCall&) = delete;
  ~CurrentCall() { thread_memory.serving = outer_; }

 private:
  stub::Link* const outer_;
};

}  // namespace shmidl::rpc
