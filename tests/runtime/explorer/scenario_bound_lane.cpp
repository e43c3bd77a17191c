// A lane that is bound to a thread, which enters and leaves it by plain stores, while another thread takes it away: the steps of rpc::Lanes.
#include "scenarios.hpp"

namespace explorer {
namespace {

PrivateWords& own() { return world().caller_private; }
/// What whoever has the lane reads and writes.
std::byte* state_of_lane() { return world().caller.arena; }

struct BoundLane : Scenario {
  Fault fault = Fault::none;
  int calls = 2;
  int given_back = 0;
  bool is_bound = true;

  void prepare() override {}
  void begin() override {
    given_back = 0;
    is_bound = true;
  }
  void at_end() override { engine().expect(given_back == 1, "the lane is not given back once"); }

  static void use_lane() {
    std::uint64_t state = 0;
    A::read(&state, state_of_lane(), sizeof state);
    ++state;
    A::write(state_of_lane(), &state, sizeof state);
  }

  void give_back() {
    ++given_back;
    // It is seq_cst there, for those who wait for any lane; what counts here is that it releases, and the model's seq_cst would be a fence too.
    engine().add(&own().free, 1, Order::ordered, "Lanes::give_back");
  }

  /// True: it is this thread that gives the lane back.
  bool returns() { return engine().add(&own().returned, 1, Order::ordered, "Lanes::returned") == 0 || fault == Fault::both_give_the_lane_back; }

  bool is_revoked() { return fault != Fault::revoked_not_looked_at && engine().load(&own().revoked, Order::relaxed, "Lanes::enter") != 0; }

  void leave_revoked() {
    is_bound = false;
    engine().store(&own().busy, 0, Order::ordered, "Lanes::leave_revoked");
    if (returns()) give_back();
  }

  void run_owner() {
    for (int i = 0; i < calls && is_bound; ++i) {
      engine().store(&own().busy, 1, Order::relaxed, "Lanes::enter");
      if (is_revoked()) return leave_revoked();
      use_lane();
      engine().store(&own().busy, 0, Order::ordered, "Lanes::leave");
      if (is_revoked()) leave_revoked();
    }
  }

  void run_taker() {
    engine().store(&own().revoked, 1, Order::relaxed, "Lanes::revoke");
    if (fault != Fault::revoker_does_not_fence) engine().fence_process("Lanes::revoke");
    if (engine().load(&own().busy, Order::ordered, "Lanes::revoke") == 0 && returns()) give_back();
    while (engine().load(&own().free, Order::ordered, "Lanes::take") == 0) engine().pause();
    use_lane();
  }

  std::vector<ThreadPlan> threads() override {
    return {{"owner", kCallerProcess, [this] { run_owner(); }}, {"taker", kCallerProcess, [this] { run_taker(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_bound_lane(Fault fault, int calls) {
  auto made = std::make_unique<BoundLane>();
  made->fault = fault;
  made->calls = calls;
  return made;
}

}  // namespace explorer
