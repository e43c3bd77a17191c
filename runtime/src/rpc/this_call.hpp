// Which call the current thread is serving.
#pragma once

#include <shmidl/stub/call.hpp>

namespace shmidl::rpc {

/// Marks, for its lifetime, that the current thread serves a call of `link`. Nests.
class CurrentCall {
 public:
  explicit CurrentCall(stub::Link& link) noexcept;
  CurrentCall(const CurrentCall&) = delete;
  CurrentCall& operator=(const CurrentCall&) = delete;
  ~CurrentCall();

 private:
  stub::Link* const outer_;
};

}  // namespace shmidl::rpc
