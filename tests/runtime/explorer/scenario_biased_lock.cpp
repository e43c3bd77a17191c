// A lock whose first user enters it by plain stores until another thread wants it, for good or as a guest: the steps of rpc::BiasedLock.
#include "scenarios.hpp"

namespace explorer {
namespace {

PrivateWords& own() { return world().caller_private; }
constexpr std::uint32_t kOwned = 1;  // in PrivateWords::taken, for the owner's name

struct BiasedLock : Scenario {
  Fault fault = Fault::none;
  int turns = 2;  // of the owner
  bool guest = false;
  std::uint64_t entered = 0;

  void prepare() override { own().taken.store(kOwned); }
  void begin() override { entered = 0; }
  void at_end() override { engine().expect(entered == static_cast<std::uint64_t>(turns) + 1, "somebody did not get the lock"); }

  void use_what_is_guarded() {
    std::uint64_t state = 0;
    std::byte* const guarded = world().caller.arena;
    A::read(&state, guarded, sizeof state);
    ++state;
    A::write(guarded, &state, sizeof state);
    ++entered;
  }

  [[nodiscard]] bool is_owner(Order order) const { return engine().load(&own().taken, order, "BiasedLock::lock") == kOwned; }

  void lock_mutex() {
    while (!engine().exchange_if(&own().free, 0, 1, "mutex")) {
      if (engine().load(&own().free, Order::relaxed, "mutex") != 0) engine().pause();
    }
  }
  void unlock_mutex() { engine().store(&own().free, 0, Order::ordered, "mutex"); }

  void take_away() {
    if (engine().load(&own().taken, Order::ordered, "BiasedLock::take_away") == kOwned) {
      engine().store(&own().taken, 0, Order::relaxed, "BiasedLock::take_away");
      if (fault != Fault::lock_taken_without_a_fence) engine().fence_process("BiasedLock::take_away");
    }
    while (fault != Fault::owner_not_awaited && engine().load(&own().busy, Order::ordered, "BiasedLock::take_away") != 0) engine().pause();
  }

  /// By the owner: true if it still is.
  bool lock_slowly() {
    lock_mutex();
    if (engine().load(&own().taken, Order::relaxed, "BiasedLock::lock_slowly") == kOwned) {
      engine().store(&own().busy, 1, Order::relaxed, "BiasedLock::lock_slowly");
      engine().store(&own().taken, kOwned, Order::ordered, "BiasedLock::lock_slowly");
      unlock_mutex();
      return true;
    }
    take_away();
    return false;
  }

  void run_owner() {
    for (int i = 0; i < turns; ++i) {
      bool as_owner = is_owner(Order::relaxed);
      if (as_owner) {
        engine().store(&own().busy, 1, Order::relaxed, "BiasedLock::lock");
        as_owner = fault == Fault::owner_does_not_look_again || is_owner(Order::ordered);
        if (!as_owner) engine().store(&own().busy, 0, Order::ordered, "BiasedLock::lock");
      }
      if (!as_owner) as_owner = lock_slowly();
      use_what_is_guarded();
      if (as_owner) engine().store(&own().busy, 0, Order::ordered, "BiasedLock::unlock");
      else unlock_mutex();
    }
  }

  void run_other() {
    lock_mutex();
    const bool lent = engine().load(&own().taken, Order::relaxed, "BiasedLock::lock_as_guest") == kOwned;
    take_away();
    if (fault == Fault::ownership_given_back_early) give_ownership_back(lent);
    use_what_is_guarded();
    if (fault != Fault::ownership_given_back_early) give_ownership_back(lent);
    unlock_mutex();
  }

  void give_ownership_back(bool lent) {
    if (guest && lent) engine().store(&own().taken, kOwned, Order::ordered, "BiasedLock::unlock_guest");
  }

  std::vector<ThreadPlan> threads() override {
    return {{"owner", kCallerProcess, [this] { run_owner(); }}, {"other", kCallerProcess, [this] { run_other(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_biased_lock(Fault fault, int turns, bool guest) {
  auto made = std::make_unique<BiasedLock>();
  made->fault = fault;
  made->turns = turns;
  made->guest = guest;
  return made;
}

}  // namespace explorer
