// A lane that is taken from one thread and bound to another one while the first may still be on its way in: the steps of rpc::Lanes.
#include "scenarios.hpp"

namespace explorer {
namespace {

PrivateWords& own() { return world().caller_private; }
constexpr std::uint32_t kBoth = 2;  // in PrivateWords::rings: how many have let go, as rpc::Lane::let_go

struct BoundAgain : Scenario {
  Fault fault = Fault::none;
  int calls = 1;  // of the first owner

  void prepare() override {}
  void at_end() override { engine().expect(engine().latest(&own().free) == 1, "the lane is not given back once"); }

  static void use_lane() {
    std::uint64_t state = 0;
    std::byte* const state_of_lane = world().caller.arena;
    A::read(&state, state_of_lane, sizeof state);
    ++state;
    A::write(state_of_lane, &state, sizeof state);
  }

  // How often the lane was given back, and whether it may be bound: PrivateWords::free and asleep.
  static void give_back() { engine().add(&own().free, 1, Order::ordered, "Lanes::give_back"); }
  void let_go() const {
    const std::uint32_t before = engine().add(&own().rings, 1, Order::ordered, "Lanes::let_go");
    if (before + 1 == kBoth) engine().store(&own().asleep, 1, Order::ordered, "Lanes::let_go");
  }
  static bool returns() { return engine().add(&own().returned, 1, Order::ordered, "Lanes::returned") == 0; }
  static bool is_revoked() { return engine().load(&own().revoked, Order::relaxed, "Lanes::enter") != 0; }

  void leave_revoked() const {
    engine().store(&own().busy, 0, Order::ordered, "Lanes::leave_revoked");
    if (returns()) give_back();
    let_go();
  }

  /// A thread that the lane is bound to.
  void call_as_owner(int count) const {
    for (int i = 0; i < count; ++i) {
      engine().store(&own().busy, 1, Order::relaxed, "Lanes::enter");
      if (is_revoked()) return leave_revoked();
      use_lane();
      engine().store(&own().busy, 0, Order::ordered, "Lanes::leave");
      if (is_revoked()) return leave_revoked();
    }
  }

  void revoke() const {
    engine().store(&own().revoked, 1, Order::relaxed, "Lanes::revoke");
    if (fault == Fault::revoker_lets_go_too_early) let_go();
    engine().fence_process("Lanes::revoke");
    if (engine().load(&own().busy, Order::ordered, "Lanes::revoke") == 0 && returns()) give_back();
    if (fault != Fault::revoker_lets_go_too_early) let_go();
  }

  /// Takes the lane, which is free; binds it if both have let go of it.
  void run_next_owner() const {
    while (engine().load(&own().free, Order::ordered, "Lanes::take") == 0) engine().pause();
    const bool may = engine().load(&own().asleep, Order::ordered, "Lanes::take_and_bind") != 0 || fault == Fault::bound_before_it_is_let_go;
    if (!may) return use_lane();
    engine().store(&own().revoked, 0, Order::relaxed, "Lanes::take_and_bind");
    engine().store(&own().returned, 0, Order::relaxed, "Lanes::take_and_bind");
    engine().store(&own().busy, 1, Order::relaxed, "Lanes::take_and_bind");
    use_lane();
    engine().store(&own().busy, 0, Order::ordered, "Lanes::leave");
    if (!is_revoked()) call_as_owner(1);
  }

  std::vector<ThreadPlan> threads() override {
    return {{"owner", kCallerProcess, [this] { call_as_owner(calls); }},
            {"revoker", kCallerProcess, [this] { revoke(); }},
            {"next owner", kCallerProcess, [this] { run_next_owner(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_bound_again(Fault fault, int calls) {
  auto made = std::make_unique<BoundAgain>();
  made->fault = fault;
  made->calls = calls;
  return made;
}

}  // namespace explorer
