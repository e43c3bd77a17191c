// The lanes of a connection as their callee keeps them: which request of each was taken last, and whether its call is under way.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "rpc/link_parts.hpp"
#include "shm/access.hpp"
#include "shm/lane.hpp"

namespace shmidl::rpc {

/// Threads: a call lane's next request is taken by the leader, a chain lane's by whoever holds `chain_mutex`; the call is ended by the thread that runs it.
class CalleeLanes {
 public:
  using Access = shm::Access;

  enum class Next : std::uint8_t {
    nothing,
    waits,
    misnumbered,  ///< a number that no correct peer writes now
    early,        ///< a request before the reply to the last one
  };

  /// Whether the lane's next request is there.
  [[gnu::always_inline]] [[nodiscard]] inline Next next(const shm::Segment& peer, std::uint32_t lane) const noexcept {
    switch (shm::look_for_request<Access>(peer, lane, last_[lane])) {
      case shm::Look::nothing:
        return Next::nothing;
      case shm::Look::nonsense:
        return Next::misnumbered;
      case shm::Look::waits:
        break;
    }
    // sync CalleeLanes.busy acquire: pairs with release in end(); the lane's last reply is out.
    return busy_[lane].load(std::memory_order_acquire) ? Next::early : Next::waits;
  }
  /// The request of which `job` has a copy is taken: its call is under way.
  [[gnu::always_inline]] inline void begin(std::uint32_t lane, Job& job) noexcept {
    std::atomic_ref(last_[lane].sequence).store(last_[lane].sequence + 1, std::memory_order_relaxed);  // others read it at any time
    busy_[lane].store(true, std::memory_order_relaxed);
    job.kind = Job::Kind::call;
    job.lane = lane;
  }
  /// The call's reply is going to be published, under the number that is returned: it lets the lane's next request come.
  [[gnu::always_inline]] [[nodiscard]] inline shm::CalleeLane end(std::uint32_t lane) noexcept {
    const shm::CalleeLane last = last_[lane];  // from the next line on the leader may take the lane's next request
    // sync CalleeLanes.busy release: before the reply, which lets the next request come; pairs with acquire in next().
    busy_[lane].store(false, std::memory_order_release);
    return last;
  }

  /// The request that was taken last. Threads: those that take it and run it.
  [[nodiscard]] const shm::CalleeLane& last(std::uint32_t lane) const noexcept { return last_[lane]; }
  /// The same for any thread: a hint.
  [[nodiscard]] shm::CalleeLane glance(std::uint32_t lane) const noexcept {
    return {std::atomic_ref(const_cast<std::uint32_t&>(last_[lane].sequence)).load(std::memory_order_relaxed)};
  }

  std::mutex chain_mutex;  ///< one thread at a time takes a chained call

 private:
  std::array<shm::CalleeLane, shm::kLanes> last_;
  std::array<std::atomic<bool>, shm::kLanes> busy_{};
};

}  // namespace shmidl::rpc
