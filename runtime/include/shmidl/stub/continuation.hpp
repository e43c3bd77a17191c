// What goes on when an asynchronous call has ended: the part of it that the loop of its connection sees.
#pragma once

#include <shmidl/stub/call.hpp>

namespace shmidl::rpc {
class ClientLoop;
class StopRing;
}

namespace shmidl::stub {

/// Waits in a list of its connection until the call has ended and somebody dispatches; then go_on() is called, once.
///
/// Lifetime: one that is destroyed while it waits leaves the list, and is not called any more.
/// Threads:  go_on() on the one in `run` or `dispatch_ready`; wait() on any.
class Continuation {
 public:
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

 protected:
  Continuation() noexcept = default;
  virtual ~Continuation();

  /// From here on this may be gone. `call` lives as long as this. Errors (thrown): Errc::no_resources; then it does not wait.
  void wait(Pending& call);
  /// The call has ended: its answer is there, or its error is known. No longer in the list.
  virtual void go_on() = 0;

 private:
  friend class rpc::ClientLoop;
  TargetRef keeper_;                 // of what loop_ belongs to
  rpc::ClientLoop* loop_ = nullptr;  // while it waits
  Pending* call_ = nullptr;
  Continuation* next_ = nullptr;
  Continuation* previous_ = nullptr;
  rpc::StopRing* stop_ = nullptr;  // owned; of a call that its caller may stop
  bool asked_ = false;             // for a ring when the answer comes
};

}  // namespace shmidl::stub
