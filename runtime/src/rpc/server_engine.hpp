// A server's threads: who looks for calls, who runs them, who sleeps.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <shmidl/server_options.hpp>

#include "os/listener.hpp"
#include "rpc/acceptor.hpp"
#include "rpc/hot_links.hpp"
#include "rpc/lead.hpp"
#include "rpc/registry.hpp"
#include "rpc/spin.hpp"

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
  void sleep() noexcept;
  void after_oneway() noexcept;

  const ServerOptions options_;
  const bool alone_ = options_.threads == 1;
  const std::shared_ptr<Registry> registry_;
  std::shared_ptr<Acceptor> acceptor_;
  const std::uint32_t process_mark_;
  std::atomic<bool> stopping_{false};
  bool running_ = false;
  std::atomic<bool> asleep_{false};  // the leader is
  Lead lead_;                        // guards what follows
  HotLinks links_{*registry_};
  SpinHistory history_;
  bool shares_core_ = false;  // with all that called lately
};

}  // namespace shmidl::rpc
