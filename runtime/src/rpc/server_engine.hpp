// A server's threads: who looks for calls, who runs them, who sleeps.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shmidl/server_options.hpp>

#include "os/listener.hpp"
#include "rpc/acceptor.hpp"
#include "rpc/hot_links.hpp"
#include "rpc/lead.hpp"
#include "rpc/permits.hpp"
#include "rpc/registry.hpp"
#include "rpc/server_loop.hpp"
#include "rpc/slow_inline.hpp"
#include "rpc/spin.hpp"

namespace shmidl::rpc {

/// With several threads, one at a time leads: it looks for a job, passes the lead on, and runs the job.
class ServerEngine final : private Registry::Alone {
 public:
  ServerEngine(std::string_view name, const ServerOptions& options);
  ServerEngine(const ServerEngine&) = delete;
  ServerEngine& operator=(const ServerEngine&) = delete;
  ~ServerEngine();

  /// What ~Server() does, which may come from a handler.
  void end() noexcept;

  void serve(Object& object, std::shared_ptr<Object> keeper);
  void run();
  void stop() noexcept;
  void drain(std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] bool stopped() const noexcept { return ending_.load(std::memory_order_relaxed) == Ending::stops; }
  /// Serves from an event loop from now on. Errors (thrown): std::logic_error when the server runs by itself; Error.
  [[nodiscard]] int poll_fd();
  std::size_t dispatch_ready(std::size_t limit);

 private:
  void work_alone() noexcept;
  void work_in_pool(Lead::Turn& turn) noexcept;
  /// Looks and sleeps until there is a job; false when the server stops.
  bool lead_alone(Permits::Part& part, std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept;
  /// The same for one of several threads.
  enum class Led { to_job, to_stop, deposed };
  Led lead_pool(Lead::Turn& turn, Permits::Part& part, std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept;
  /// Looks without using what the lead guards, until there may be something to do; false if it is time to sleep.
  bool watch(Lead::Turn& turn, Spinner& spinner, const HotLinks::View& view, std::size_t& next_cold) noexcept;
  /// One round's look at all that a leader looks at.
  bool take_job(std::shared_ptr<stub::Link>& link, stub::Link::Job& job, Spinner& spinner) noexcept;
  /// After a round that found nothing; false if it is time to sleep.
  bool looks_on(Spinner& spinner) noexcept;
  void doze(Spinner& spinner) noexcept;
  /// A thread that runs nothing notices that callers of this process came. Not on the way of calls: until all have, fewer of them find a permit.
  void join_callers(Permits::Part& part) noexcept {
    if (registry_->has_callers_here()) [[unlikely]] part.join(registry_->permits());
  }
  void sleep() noexcept;
  /// Runs what the leader took, and keeps the lead.
  void run_on_arrival(stub::Link& link, stub::Link::Job& job) noexcept;
  /// Nothing is left to be done: what comes after run() or the last dispatch_ready().
  void end_drain() noexcept;
  /// While it drains and has nothing to do: true if no handler runs on another thread.
  [[nodiscard]] bool is_drained() noexcept;
  void serve_meanwhile(Meanwhile& wait) noexcept override;

  const ServerOptions options_;
  const bool alone_ = options_.threads == 1;
  const std::shared_ptr<Registry> registry_;
  const std::shared_ptr<SlowInline> slow_inline_;  // null where nobody wants to know
  std::shared_ptr<Acceptor> acceptor_;
  std::string name_here_;  // among the servers of this process; empty: it has a socket
  const std::uint32_t process_mark_;
  std::atomic<Ending> ending_{Ending::no};
  std::atomic<bool> drains_{false};
  std::atomic<bool> at_work_{false};  // a thread is in run() or dispatch_ready()
  struct AtWork {
    explicit AtWork(std::atomic<bool>& word) noexcept : is(word) { is.store(true, std::memory_order_relaxed); }
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;
    ~AtWork() { is.store(false, std::memory_order_relaxed); }
    std::atomic<bool>& is;
  };
  std::shared_ptr<Watched> cutter_;  // cuts what still runs after drain()'s timeout; written with ending_
  /// Who looks for calls: decided once.
  enum class Driver : std::uint8_t { nobody, threads, loop };
  void choose(Driver driver);
  std::atomic<Driver> driver_{Driver::nobody};
  std::unique_ptr<ServerLoop> loop_;
  Lead lead_{options_.threads};      // guards what follows
  HotLinks links_{*registry_};
  SpinHistory history_;
  bool shares_core_ = false;  // with all that called lately
};

}  // namespace shmidl::rpc
