// What goes on when an asynchronous call has ended, or a stream brings something: the part of it that the loop of its connection sees.
#pragma once

#include <shmidl/stub/call.hpp>
#include <shmidl/stub/time.hpp>

namespace shmidl::rpc {
class ClientLoop;
class StopRing;
}

namespace shmidl::stub {

/// Waits in a list of its connection until what it waits for is there and somebody dispatches; then go_on() is called, once.
///
/// Lifetime: one that is destroyed while it waits leaves the list, and is not called any more.
/// Threads:  go_on() on the one in `run` or `dispatch_ready`; wait_in() on any.
class Continuation {
 public:
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

 protected:
  Continuation() noexcept = default;
  virtual ~Continuation();

  /// From here on this may be gone. Errors (thrown): Errc::no_resources; then it does not wait.
  void wait_in(const TargetRef& target);
  /// It is there. No longer in the list.
  virtual void go_on() = 0;
  /// True once it is there, but for its deadline.
  [[nodiscard]] virtual bool ended() const noexcept = 0;
  /// Has the peer ring when it is there.
  virtual void ask_for_ring() noexcept = 0;
  /// When it is there at the latest.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const noexcept { return std::chrono::steady_clock::time_point::max(); }
  /// The token by which its caller may end it; null: none.
  [[nodiscard]] virtual const StopHolder* stop() const noexcept { return nullptr; }
  /// Once it is there, or its deadline has passed: false if it goes on, on another connection.
  [[nodiscard]] virtual bool settle() noexcept { return true; }

 private:
  friend class rpc::ClientLoop;
  TargetRef keeper_;                 // of what loop_ belongs to
  rpc::ClientLoop* loop_ = nullptr;  // while it waits
  Continuation* next_ = nullptr;
  Continuation* previous_ = nullptr;
  rpc::StopRing* stop_ = nullptr;  // owned; of a call that its caller may stop
  bool asked_ = false;             // for a ring when it is there
};

/// One that waits for the end of a call: its answer is there then, or its error is known.
class CallContinuation : public Continuation {
 protected:
  /// `call` lives as long as this. Errors (thrown): as wait_in().
  void wait(Pending& call);

 private:
  [[nodiscard]] bool ended() const noexcept final;
  void ask_for_ring() noexcept final;
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept final;
  [[nodiscard]] const StopHolder* stop() const noexcept final;
  [[nodiscard]] bool settle() noexcept final;

  Pending* call_ = nullptr;
};

}  // namespace shmidl::stub
