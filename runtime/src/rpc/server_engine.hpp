// A server's threads: who looks for calls, who runs them, who sleeps.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include <shmidl/options.hpp>

#include "os/listener.hpp"
#include "rpc/acceptor.hpp"
#include "rpc/registry.hpp"

namespace shmidl::rpc {

/// With several threads, one at a time leads: it looks for a job, passes the lead on, and runs the job.
class ServerEngine {
 public:
  ServerEngine(std::string_view name, const ServerOptions& options);
  ServerEngine(const ServerEngine&) = delete;
  ServerEngine& operator=(const ServerEngine&) = delete;
  ~ServerEngine();

  void serve(Object& object, std::shared_ptr<Object> keeper);
  void run();
  void stop() noexcept;

 private:
  void work() noexcept;
  /// Looks and sleeps until there is a job; false when the server stops.
  bool lead_once(std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept;
  bool sweep(std::shared_ptr<stub::Link>& link, stub::Link::Job& job) noexcept;
  void sleep() noexcept;

  const ServerOptions options_;
  const bool alone_ = options_.threads == 1;
  const std::shared_ptr<Registry> registry_;
  std::shared_ptr<Acceptor> acceptor_;
  const std::uint32_t process_mark_;
  std::atomic<bool> stopping_{false};
  bool running_ = false;
  std::mutex lead_mutex_;  // held by the leader; guards what follows
  Registry::Links links_;
  std::uint32_t version_ = 0;  // of links_
  std::size_t next_ = 0;       // where the next sweep begins
};

}  // namespace shmidl::rpc
