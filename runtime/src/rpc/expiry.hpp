// Looks at the deadlines of calls whose callers do something else.
#pragma once

#include <memory>
#include <optional>

#include "rpc/link.hpp"
#include "rpc/watcher.hpp"

namespace shmidl::rpc {

/// Stands beside its link with the watcher, so that its ticks are its own.
class Expiry final : public Watched {
 public:
  explicit Expiry(std::weak_ptr<stub::Link> link) noexcept : link_(std::move(link)) {}

  void on_ready(std::uint64_t) noexcept override {}
  std::optional<os::TimePoint> on_tick(os::TimePoint now) noexcept override {
    const auto link = link_.lock();
    return link != nullptr ? link->tell_expired(now) : std::nullopt;
  }

 private:
  const std::weak_ptr<stub::Link> link_;
};

}  // namespace shmidl::rpc
