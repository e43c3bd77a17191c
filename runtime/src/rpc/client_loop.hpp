// A client inside an event loop: continuations of its calls, calls of its server, and its server's death.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <shmidl/options.hpp>
#include <shmidl/stub/continuation.hpp>
#include <shmidl/stub/function.hpp>

#include "os/clock.hpp"
#include "rpc/loop_set.hpp"
#include "rpc/spin.hpp"

namespace shmidl::stub {
class Link;
}

namespace shmidl::rpc {

/// One of a connection, made when it is first needed; of a client that reconnects, one for all of its connections: it goes on to the next one when
/// somebody dispatches, which nobody else may see half done.
///
/// Answers that continuations wait for are asked for with `lane_waiting` = 2: the peer rings with a message on the socket. That is done where
/// nobody looks: not for what is begun while this thread dispatches, unless it is unanswered when the dispatch ends.
///
/// Threads: one at a time dispatches; the rest is for any.
class ClientLoop final : public std::enable_shared_from_this<ClientLoop> {
 public:
  ClientLoop(stub::Link& link, std::shared_ptr<LoopSet> set) noexcept;

  using Obituary = std::function<void(const Error&)>;

  /// Errors (thrown), of the next three: std::logic_error where somebody dispatches already, and in poll_fd() with Wait::poll; no_resources, forked.
  [[nodiscard]] int poll_fd();
  std::size_t dispatch_ready(std::size_t limit);
  /// Until stop() or the link's end.
  void run();
  void stop() noexcept;

  void add(stub::Continuation& continuation);
  void forget(stub::Continuation& continuation) noexcept;
  void on_peer_death(Obituary tell);

  /// True on the thread that dispatches. Threads: any.
  [[nodiscard]] bool dispatches_here() const noexcept { return set_->dispatching_here(); }
  /// There may be something to do. On the thread that dispatches, nothing: it looks by itself.
  void wake() noexcept;
  /// The link has ended.
  void link_ended() noexcept;
  /// Where nobody has ever dispatched: tells of the peer's death. Threads: the watcher's.
  void tell_death_here() noexcept;

  /// From here on it is of a client that reconnects, and keeps its connection until let_go().
  void outlive(stub::TargetRef current) noexcept;
  /// The client is connected anew.
  void follow(const stub::TargetRef& next) noexcept;
  void let_go() noexcept;

 private:
  /// While it lives, this thread dispatches.
  class Turn {
   public:
    explicit Turn(ClientLoop& loop);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

   private:
    ClientLoop& loop_;
  };

  /// While it lives, this side takes calls that are not chained.
  class Serving {
   public:
    explicit Serving(ClientLoop& loop) noexcept;
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;
    ~Serving();

   private:
    ClientLoop& loop_;
  };

  /// Whoever has the descriptor, or dispatched once, goes on with it: this side takes calls until the link's end.
  void keep_serving() noexcept;
  /// From now on the socket is this loop's.
  void enter();
  /// Takes what the descriptor is readable for; from here on this thread looks.
  void look() noexcept;
  std::size_t run_ready(std::size_t limit);
  bool run_job() noexcept;
  bool run_continuation();
  bool run_obituary();
  /// Nobody looks any more: asks for rings, and looks once more; what is left makes the descriptor readable.
  void leave() noexcept;
  void link(stub::Continuation& continuation) noexcept;
  void unlink(stub::Continuation& continuation) noexcept;
  [[nodiscard]] bool peer_is_dead() const noexcept;
  [[nodiscard]] bool has_waiting() noexcept;
  [[nodiscard]] bool forked() const noexcept;
  /// That of the moment. Threads: the one that dispatches, or with mutex_.
  [[nodiscard]] stub::Link& link() const noexcept { return *link_; }
  /// Goes on to the connection that follow() named. Threads: the one that dispatches.
  void move_on() noexcept;
  /// The same with mutex_; what it was connected with is the caller's to let go.
  stub::TargetRef move_to(stub::TargetRef next) noexcept;

  stub::Link* link_;  // written with mutex_, by the thread that dispatches or while nobody ever has
  const Wait waits_;
  const std::uint32_t process_mark_;
  const std::shared_ptr<LoopSet> set_;
  SpinHistory history_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> keeps_serving_{false};
  bool serving_ = false;  // in run(); of the thread that dispatches
  std::mutex mutex_;  // guards what follows; not held while something of the user's runs
  bool entered_ = false;
  stub::Continuation* first_ = nullptr;
  stub::Continuation* last_ = nullptr;
  std::vector<Obituary> obituaries_;
  std::vector<std::pair<Obituary, Error>> late_;  // of connections that it went on from
  bool outlives_ = false;
  stub::TargetRef keeper_;  // has link_, where it outlives
  stub::TargetRef next_;
};

}  // namespace shmidl::rpc
