// The links that a server's leader looks at: those whose clients call. The others are cold: their clients ring through the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "os/clock.hpp"
#include "rpc/registry.hpp"

namespace shmidl::rpc {

/// Threads: the leader's.
class HotLinks {
 public:
  explicit HotLinks(Registry& registry) : registry_(registry), never_sleeps_(registry.options().wait == Wait::poll) {}

  using Link = std::shared_ptr<stub::Link>;

  /// Takes in the links that came, rang or ended since the last time.
  void admit() noexcept;
  /// Looks once at every hot link, beginning after the one that was served last: a busy client does not starve the others. Links that have
  /// ended and have nothing left are dropped; `link` is let go if it is one of them. `idle`: the last round found nothing.
  bool take_job(Link& link, stub::Link::Job& job, bool idle) noexcept;
  /// Lets links go cold whose clients have not called for a while.
  void cool() noexcept;

  [[nodiscard]] const std::vector<Link>& links() const noexcept { return hot_; }
  /// Nobody to look at.
  [[nodiscard]] bool empty() const noexcept { return hot_.empty() && cold_.empty(); }
  /// All clients that called lately share this thread's core: looking would keep them from calling.
  [[nodiscard]] bool callers_share_core() const noexcept;
  /// True if a job waits, or an end that has not been dealt with.
  [[nodiscard]] bool has_work() const noexcept;

 private:
  bool look_at(std::vector<Link>& links, std::size_t at, Link& link, stub::Link::Job& job, bool& gone) noexcept;
  bool look_at_cold(Link& link, stub::Link::Job& job, std::size_t looks) noexcept;
  void heat(Link link) noexcept;

  Registry& registry_;
  const bool never_sleeps_;  // clients do not ring: cold links are looked at too, some in each round
  std::vector<Link> hot_;
  std::size_t next_ = 0;  // where the next round begins
  std::vector<Link> cold_;      // when never_sleeps_
  std::size_t next_cold_ = 0;
  std::uint32_t rounds_ = 0;
  os::TimePoint cooled_{};
};

}  // namespace shmidl::rpc
