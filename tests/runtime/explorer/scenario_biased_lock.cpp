// A lock whose first user enters it by plain stores until another thread wants it: the steps of rpc::BiasedLock.
#include "scenarios.hpp"

namespace explorer {
namespace {

PrivateWords& own() { return world().caller_private; }
constexpr std::uint32_t kOwned = 1;  // in PrivateWords::taken, for the owner's name

struct BiasedLock : Scenario {
  Fault fault = Fault::none;
  int turns = 2;  // of the owner
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

  [[nodiscard]] bool is_owner() const { return engine().load(&own().taken, Order::relaxed, "BiasedLock::lock") == kOwned; }

  void lock_mutex() {
    while (!engine().exchange_if(&own().free, 0, 1, "mutex")) {
      if (engine().load(&own().free, Order::relaxed, "mutex") != 0) engine().pause();
    }
  }
  void unlock_mutex() { engine().store(&own().free, 0, Order::ordered, "mutex"); }

  void lock_slowly() {
    lock_mutex();
    if (engine().load(&own().taken, Order::ordered, "BiasedLock::lock_slowly") == kOwned) {
      engine().store(&own().taken, 0, Order::relaxed, "BiasedLock::lock_slowly");
      if (fault != Fault::lock_taken_without_a_fence) engine().fence_process("BiasedLock::lock_slowly");
    }
    while (fault != Fault::owner_not_awaited && engine().load(&own().busy, Order::ordered, "BiasedLock::lock_slowly") != 0) engine().pause();
  }

  void run_owner() {
    for (int i = 0; i < turns; ++i) {
      bool as_owner = is_owner();
      if (as_owner) {
        engine().store(&own().busy, 1, Order::relaxed, "BiasedLock::lock");
        as_owner = fault == Fault::owner_does_not_look_again || is_owner();
        if (!as_owner) engine().store(&own().busy, 0, Order::ordered, "BiasedLock::lock");
      }
      if (!as_owner) lock_slowly();
      use_what_is_guarded();
      if (as_owner) engine().store(&own().busy, 0, Order::ordered, "BiasedLock::unlock");
      else unlock_mutex();
    }
  }

  void run_other() {
    lock_slowly();
    use_what_is_guarded();
    unlock_mutex();
  }

  std::vector<ThreadPlan> threads() override {
    return {{"owner", kCallerProcess, [this] { run_owner(); }}, {"other", kCallerProcess, [this] { run_other(); }}};
  }
};

}  // namespace

std::unique_ptr<Scenario> make_biased_lock(Fault fault, int turns) {
  auto made = std::make_unique<BiasedLock>();
  made->fault = fault;
  made->turns = turns;
  return made;
}

}  // namespace explorer
