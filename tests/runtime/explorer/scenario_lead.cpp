// Threads of a server that pass the lead on and sleep until they get it: the steps of rpc::Lead.
#include "scenarios.hpp"

namespace explorer {
namespace {

struct LeadScenario : Scenario {
  Fault fault = Fault::none;
  static PrivateWords& words() { return world().callee_private; }

  void prepare() override { words().taken.store(1); }

  bool try_take() {
    const Order look = fault == Fault::lead_looked_at_relaxed ? Order::relaxed : Order::sequential;
    if (engine().load(&words().taken, look, "Lead::try_take") != 0) return false;
    return engine().exchange_if(&words().taken, 0, 1, "Lead::try_take");
  }

  void pass() {
    engine().store(&words().taken, 0, Order::sequential, "Lead::pass");
    if (engine().load(&words().standing_by, Order::sequential, "Lead::pass") != 0) return;
    if (engine().load(&words().sleepers, Order::sequential, "Lead::pass") == 0 || fault == Fault::lead_passed_in_silence) return;
    engine().add(&words().wakes, 1, Order::relaxed, "Lead::pass");
    engine().wake(&words().wakes, 1);
  }

  /// One whose naps are over without the lead having been free in between.
  bool stand_by() {
    if (!engine().exchange_if(&words().standing_by, 0, 1, "Lead::stand_by")) return false;
    const bool taken = try_take();
    engine().store(&words().standing_by, 0, Order::sequential, "Lead::stand_by");
    return taken;
  }

  void wait() {
    for (;;) {
      if (stand_by()) return;
      const std::uint32_t wakes = engine().load(&words().wakes, Order::relaxed, "Lead::wait");
      engine().add(&words().sleepers, 1, Order::sequential, "Lead::wait");
      const bool taken = fault != Fault::lead_not_looked_at_again && try_take();
      if (!taken) engine().wait({{&words().wakes, wakes}});
      engine().add(&words().sleepers, ~0u, Order::sequential, "Lead::wait");
      if (taken || try_take()) return;
    }
  }

  std::vector<ThreadPlan> threads() override {
    return {{"leader", kCalleeProcess, [this] { pass(); }}, {"follower", kCalleeProcess, [this] { wait(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_lead(Fault fault) {
  auto made = std::make_unique<LeadScenario>();
  made->fault = fault;
  return made;
}

}  // namespace explorer
