// The links that a server's leader looks at: those whose clients call. The others are cold: their clients ring through the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "os/clock.hpp"
#include "rpc/loop_set.hpp"
#include "rpc/registry.hpp"

namespace shmidl::rpc {

/// Threads: the leader's, between Lead::enter() and leave().
class HotLinks {
 public:
  /// `loop`: whose descriptor the links' sockets stand in; null: the watcher's.
  explicit HotLinks(Registry& registry, std::shared_ptr<LoopSet> loop = nullptr)
      : registry_(registry), loop_(std::move(loop)), never_sleeps_(registry.options().wait == Wait::poll) {}

  using Link = std::shared_ptr<stub::Link>;

  /// Cold links that a poller looks at in each round, and in one after which nobody called: then a call of one of 1,000 waits for some tens of
  /// microseconds, and one of a hot link for a tenth more. Chosen by measurement: with four in any round the former took 290 µs.
  static constexpr std::size_t kColdLooks = 4;
  static constexpr std::size_t kIdleColdLooks = 32;

  /// Takes in the links that came, rang or ended since the last time.
  void admit() noexcept;
  /// Looks once at every hot link, beginning after the one that was served last: a busy client does not starve the others. Links that have
  /// ended and have nothing left are dropped; `link` is let go if it is one of them. `idle`: the last round found nothing.
  bool take_job(Link& link, stub::Link::Job& job, bool idle) noexcept;
  /// Lets links go cold whose clients have not called for a while.
  void cool() noexcept;

  [[nodiscard]] const std::vector<Link>& links() const noexcept { return hot_; }
  /// The links as they are now, to look at from anywhere; null if there was no memory for it.
  struct View {
    std::vector<Link> links;  ///< the hot ones first
    std::size_t hot = 0;      ///< so many
  };
  [[nodiscard]] const std::shared_ptr<const View>& view() noexcept;
  /// The cold link of that number in a view has a job: begin with it.
  void expect_cold(std::size_t number) noexcept { next_cold_ = number - 1; }
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
  const std::shared_ptr<LoopSet> loop_;
  const bool never_sleeps_;  // clients do not ring: cold links are looked at too, some in each round
  std::vector<Link> hot_;
  std::size_t next_ = 0;  // where the next round begins
  std::vector<Link> cold_;  // when never_sleeps_
  std::size_t next_cold_ = 0;
  std::shared_ptr<const View> view_;  // null also when it is out of date
  std::uint32_t rounds_ = 0;
  os::TimePoint cooled_{};
};

}  // namespace shmidl::rpc
