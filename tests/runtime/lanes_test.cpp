// Lanes under more threads than there are: bound, revoked, parked, harvested, orphaned and reaped, in any order. Run under a thread sanitizer too.
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <sched.h>

#include "os/barrier.hpp"
#include "rpc/lanes.hpp"
#include "shm/access.hpp"
#include "shm/lane.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using shm::Access;

namespace {

std::atomic<std::uint64_t> links{77};  // each has another id

/// A link's lanes, and a callee that answers every request with its number plus one.
class Traffic {
 public:
  Traffic() : own_(*rpc::OwnMemory::create(std::size_t{1} << 20)), lanes(++links, own_->segment(), *theirs_, *own_), callee_([this] { serve(); }) {}
  ~Traffic() {
    stopping_ = true;
    callee_.join();
  }

  /// A lane of one's own, as Link::acquire_lane gets it.
  rpc::Lane& acquire() {
    for (;;) {
      if (rpc::Lane* const lane = lanes.take()) return *lane;
      lanes.make_free();
      lanes.wait(os::Deadline::in(std::chrono::milliseconds(1)));
    }
  }
  void send(rpc::Lane& lane, std::uint32_t number) {
    // Whoever has a lane has it for himself: a second holder shows here, and as a race on `users`.
    if (holders_[lane.number].exchange(1) != 0) ++wrong;
    ++users_[lane.number];
    shm::CellBody body;
    std::memcpy(body.content, &number, sizeof number);
    shm::send_request<Access>(own_->segment(), lane.number, lane.end, body);
  }
  void await(const rpc::Lane& lane) const {
    while (!shm::reply_waits<Access>(*theirs_, lane.number, lane.end)) ::sched_yield();
  }
  void check(const shm::CellBody& body, std::uint32_t number) {
    std::uint32_t answer = 0;
    std::memcpy(&answer, body.content, sizeof answer);
    if (answer != number + 1) ++wrong;
  }
  void check_in(const rpc::Lane& lane, std::uint32_t number) {
    shm::CellBody body;
    shm::take<Access>(theirs_->replies[lane.number], body);
    check(body, number);
  }
  /// Before the lane is given up in any way.
  void done(const rpc::Lane& lane) { holders_[lane.number].store(0); }

 private:
  void serve() {
    std::array<shm::CalleeLane, shm::kCallLanes> ends;
    while (!stopping_) {
      const std::uint32_t used = shm::lanes_in_use<Access>(own_->segment());
      for (std::uint32_t lane = 0; lane < used; ++lane) {
        const shm::Look look = shm::look_for_request<Access>(own_->segment(), lane, ends[lane]);
        if (look == shm::Look::nonsense) ++wrong;
        if (look != shm::Look::waits) continue;
        shm::CellBody body;
        shm::take<Access>(own_->segment().requests[lane], body);
        ++ends[lane].sequence;
        std::uint32_t number = 0;
        std::memcpy(&number, body.content, sizeof number);
        ++number;
        std::memcpy(body.content, &number, sizeof number);
        shm::send_reply<Access>(*theirs_, lane, ends[lane], body);
      }
      ::sched_yield();
    }
  }

  const std::shared_ptr<rpc::OwnMemory> own_;
  const std::unique_ptr<shm::Segment> theirs_ = std::make_unique<shm::Segment>();
  std::array<std::atomic<int>, shm::kCallLanes> holders_{};
  std::array<std::uint64_t, shm::kCallLanes> users_{};
  std::atomic<bool> stopping_{false};

 public:
  rpc::Lanes lanes;
  std::atomic<int> wrong{0};

 private:
  std::thread callee_;  // the last: it uses all of the above
};

/// One caller's calls, of all kinds.
class Mixed {
 public:
  Mixed(Traffic& traffic, unsigned seed) : traffic_(traffic), random_(seed), number_(seed << 16) {}

  void make(int calls) {
    for (int i = 0; i < calls; ++i) {
      const auto kind = random_() % 100;
      if (kind < 60) small(kind == 0);
      else if (kind < 75) large(kind == 60);
      else if (parked_.size() < 6) park();
      else settle();
    }
    while (!parked_.empty()) settle();
  }

 private:
  struct Parked {
    rpc::Lane* lane;
    std::uint32_t sequence;
    std::uint32_t number;
  };

  void small(bool gives_up) {
    rpc::Lane* lane = traffic_.lanes.enter();
    if (lane == nullptr) lane = &traffic_.acquire();
    call(*lane, gives_up, [&] { traffic_.lanes.leave(*lane); });
  }
  void large(bool gives_up) {
    rpc::Lane& lane = traffic_.acquire();
    call(lane, gives_up, [&] { traffic_.lanes.give_back(lane); });
  }
  template <class F>
  void call(rpc::Lane& lane, bool gives_up, F&& end) {
    const std::uint32_t number = ++number_;
    traffic_.send(lane, number);
    if (gives_up) {
      traffic_.done(lane);
      return traffic_.lanes.orphan(lane);
    }
    traffic_.await(lane);
    traffic_.check_in(lane, number);
    traffic_.done(lane);
    end();
  }
  void park() {
    rpc::Lane& lane = traffic_.acquire();
    const std::uint32_t number = ++number_;
    traffic_.send(lane, number);
    const std::uint32_t sequence = lane.end.sequence;
    parked_.push_back({&lane, sequence, number});
    traffic_.done(lane);
    traffic_.lanes.park(lane);
  }
  void settle() {
    const Parked call = parked_.front();
    parked_.erase(parked_.begin());
    shm::CellBody body;
    if (!traffic_.lanes.unpark(*call.lane, call.sequence)) {
      if (traffic_.lanes.take_late(*call.lane, call.sequence, body)) traffic_.check(body, call.number);
      else ++traffic_.wrong;
      return;
    }
    if (random_() % 4 == 0) return traffic_.lanes.orphan(*call.lane);
    traffic_.await(*call.lane);
    traffic_.check_in(*call.lane, call.number);
    traffic_.lanes.give_back(*call.lane);
  }

  Traffic& traffic_;
  std::mt19937 random_;
  std::uint32_t number_;
  std::vector<Parked> parked_;
};

/// How many lanes can be had at one time once all calls have ended.
std::size_t free_lanes(Traffic& traffic) {
  std::vector<rpc::Lane*> had;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (had.size() < shm::kCallLanes && std::chrono::steady_clock::now() < until) {
    traffic.lanes.make_free();
    if (rpc::Lane* const lane = traffic.lanes.take()) had.push_back(lane);
  }
  for (rpc::Lane* const lane : had) traffic.lanes.give_back(*lane);
  return had.size();
}

}  // namespace

TEST_CASE("a lane has one holder at a time, and none is lost, whatever 100 threads do with their calls") {
  const unsigned threads = GENERATE(4u, 40u, 100u);
  const unsigned seed = std::random_device{}();
  CAPTURE(threads, seed);
  Traffic traffic;
  // Twice: the lanes of threads that have ended come back too.
  for (unsigned round = 0; round < 2; ++round) {
    std::vector<std::thread> callers;
    for (unsigned t = 0; t < threads; ++t) {
      callers.emplace_back([&traffic, seed, t, round, threads] { Mixed(traffic, seed + round * threads + t).make(20'000 / static_cast<int>(threads)); });
    }
    for (std::thread& caller : callers) caller.join();
    CHECK(traffic.wrong == 0);
  }
  CHECK(free_lanes(traffic) == shm::kCallLanes);
  CHECK(traffic.wrong == 0);
}

TEST_CASE("a thread's own lane is taken from it while it is idle, and when its call ends") {
  if (!os::can_fence_all_threads()) {
    // Without membarrier no lane is ever bound.
    Traffic traffic;
    rpc::Lane* const lane = traffic.lanes.enter();
    traffic.lanes.leave(*lane);
    CHECK(traffic.lanes.take() == lane);
    return;
  }
  Traffic traffic;
  rpc::Lane* const mine = traffic.lanes.enter();
  REQUIRE(mine != nullptr);
  traffic.lanes.make_free();  // revoked in the midst of its call
  std::vector<rpc::Lane*> others;
  while (rpc::Lane* const lane = traffic.lanes.take()) others.push_back(lane);
  CHECK(others.size() == shm::kCallLanes - 1);
  traffic.lanes.leave(*mine);
  CHECK(traffic.lanes.take() == mine);
  for (rpc::Lane* const lane : others) traffic.lanes.give_back(*lane);

  rpc::Lane* const next = traffic.lanes.enter();  // the first one is in use
  REQUIRE(next != nullptr);
  traffic.lanes.leave(*next);
  CHECK(traffic.lanes.enter() == next);
  traffic.lanes.leave(*next);
  std::size_t had = 0;
  while (traffic.lanes.take() != nullptr) ++had;
  CHECK(had == shm::kCallLanes - 2);
  traffic.lanes.make_free();  // revoked while idle
  CHECK(traffic.lanes.take() == next);
  CHECK(traffic.lanes.enter() == nullptr);
}

namespace {

/// Whether small calls of this thread have a lane of their own: then it is not among those that are free.
bool is_bound(Traffic& traffic) {
  for (int i = 0; i < 2; ++i) traffic.lanes.leave(*traffic.lanes.enter());
  std::vector<rpc::Lane*> free;
  while (rpc::Lane* const lane = traffic.lanes.take()) free.push_back(lane);
  for (rpc::Lane* const lane : free) traffic.lanes.give_back(*lane);
  return free.size() == shm::kCallLanes - 1;
}

}  // namespace

TEST_CASE("a thread has a lane of its own again after any number of calls that timed out") {
  if (!os::can_fence_all_threads()) return;
  Traffic traffic;
  for (std::uint32_t i = 0; i < 3 * shm::kCallLanes; ++i) {
    rpc::Lane* const lane = traffic.lanes.enter();
    REQUIRE(lane != nullptr);
    traffic.send(*lane, i);
    traffic.done(*lane);
    traffic.lanes.orphan(*lane);
    traffic.await(*lane);  // the answer comes late
    traffic.lanes.reap_orphans();
    if (i % 16 == 0) CHECK(is_bound(traffic));
  }
  CHECK(is_bound(traffic));
  CHECK(traffic.wrong == 0);
}

TEST_CASE("a thread has a lane of its own again after any number of times that all lanes were taken") {
  if (!os::can_fence_all_threads()) return;
  Traffic traffic;
  for (std::uint32_t i = 0; i < 3 * shm::kCallLanes; ++i) {
    const bool within_call = i % 2 == 0;
    rpc::Lane* const lane = traffic.lanes.enter();
    REQUIRE(lane != nullptr);
    if (!within_call) traffic.lanes.leave(*lane);
    traffic.lanes.make_free();
    if (within_call) traffic.lanes.leave(*lane);
    if (i % 16 == 0) CHECK(is_bound(traffic));
  }
  CHECK(is_bound(traffic));
}

TEST_CASE("a lane that was taken from a thread is not bound to another one before the first has noticed") {
  if (!os::can_fence_all_threads()) return;
  Traffic traffic;
  rpc::Lane* const first = traffic.lanes.enter();
  traffic.lanes.leave(*first);
  traffic.lanes.make_free();
  std::thread([&] {
    rpc::Lane* const second = traffic.lanes.enter();
    traffic.lanes.leave(*second);
    CHECK(second != first);
  }).join();
  rpc::Lane* const mine = traffic.lanes.enter();  // this thread notices
  traffic.lanes.leave(*mine);
  rpc::Lane* third = nullptr;
  std::thread([&] {
    third = traffic.lanes.enter();
    traffic.lanes.leave(*third);
  }).join();
  CHECK(third == first);
}
