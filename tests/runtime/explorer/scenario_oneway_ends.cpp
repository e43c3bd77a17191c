// A oneway call ends on one thread of a server while the leader goes to sleep: the steps of ServerEngine::after_oneway() and sleep().
#include "scenarios.hpp"

namespace explorer {
namespace {

struct OnewayEnds : Scenario {
  Fault fault = Fault::none;

  static PrivateWords& own() { return world().callee_private; }

  void prepare() override { own().busy.store(1); }  // Link::oneway_busy_

  void run_worker() {
    engine().store(&own().busy, 0, Order::ordered, "Link::run_oneway");
    if (fault != Fault::worker_does_not_fence) shm::announced<A>();
    if (engine().load(&own().asleep, Order::relaxed, "ServerEngine::after_oneway") == 0) return;
    engine().add(&own().alarm, 1, Order::sequential, "Registry::ring");
    engine().wake(&own().alarm, 1);
  }

  void run_leader() {
    while (engine().load(&own().busy, Order::ordered, "Link::oneway_running") != 0) {
      const std::uint32_t alarm = engine().load(&own().alarm, Order::ordered, "ServerEngine::sleep");
      engine().store(&own().asleep, 1, Order::relaxed, "ServerEngine::sleep");
      if (fault != Fault::leader_does_not_fence) shm::announced<A>();
      if (engine().load(&own().busy, Order::ordered, "Link::oneway_running") != 0) engine().wait({{&own().alarm, alarm}});
      engine().store(&own().asleep, 0, Order::relaxed, "ServerEngine::sleep");
    }
  }

  std::vector<ThreadPlan> threads() override {
    return {{"worker", kCalleeProcess, [this] { run_worker(); }}, {"leader", kCalleeProcess, [this] { run_leader(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_oneway_ends(Fault fault) {
  auto made = std::make_unique<OnewayEnds>();
  made->fault = fault;
  return made;
}

}  // namespace explorer
