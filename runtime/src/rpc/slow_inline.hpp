// Notices handlers that run on the thread that looks for calls, and keep it from that for long.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <shmidl/server_options.hpp>
#include <shmidl/stub/tables.hpp>

#include "rpc/watcher.hpp"

namespace shmidl::rpc {

/// There is one where ServerOptions::on_slow_inline is set. A handler that runs in two ticks that follow each other is slow.
class SlowInline final : public Watched, public std::enable_shared_from_this<SlowInline> {
 public:
  explicit SlowInline(const ServerOptions& options) : report_(options.on_slow_inline), after_(options.slow_inline_after) {}

  /// A handler begins and ends. Threads: the leader.
  void begin(const stub::Interface& interface, const stub::MethodInfo& method) noexcept;
  void end() noexcept;

  void on_ready(std::uint64_t) noexcept override {}
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override;

 private:
  const std::function<void(std::string_view, std::string_view)> report_;
  const std::chrono::nanoseconds after_;
  std::atomic<const stub::Interface*> interface_{nullptr};
  std::atomic<const stub::MethodInfo*> method_{nullptr};
  std::atomic<std::uint64_t> turns_{0};   // odd while a handler runs
  std::atomic<bool> ticking_{false};
  std::uint64_t seen_ = 0;      // in the last tick; the watcher's, as is the next
  std::uint64_t reported_ = 0;
};

}  // namespace shmidl::rpc
