// Threads of a server that pass the lead on, sleep until they get it, and depose a leader that is stopped: the steps of rpc::Lead.
#include "scenarios.hpp"

namespace explorer {
namespace {

constexpr std::uint32_t kThreads = 3;

PrivateWords& words() { return world().callee_private; }

/// What the lead guards.
void use_what_is_guarded() {
  std::uint64_t state = 0;
  std::byte* const guarded = world().callee.arena;
  A::read(&state, guarded, sizeof state);
  ++state;
  A::write(guarded, &state, sizeof state);
}

/// The steps of rpc::Lead, as its threads take them.
struct LeadSteps : Scenario {
  Fault fault = Fault::none;
  std::uint32_t number[kThreads] = {};  // of the lead that the thread took last
  std::uint32_t taken[kThreads] = {};

  void prepare() override {}
  void begin() override {
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) number[thread] = taken[thread] = 0;
  }

  /// The first thread leads from the beginning. Numbers as there: the times, then the thread.
  static void lead_from_the_beginning() { words().taken.store(number_of(0, 1)); }
  static std::uint32_t number_of(std::uint32_t thread, std::uint32_t times) { return times * kThreads + thread; }

  bool try_take(std::uint32_t thread, std::uint32_t from = 0) {
    const Order look = fault == Fault::lead_looked_at_relaxed ? Order::relaxed : Order::sequential;
    if (engine().load(&words().taken, look, "Lead::try_take") != from) return false;
    if (!engine().exchange_if(&words().taken, from, number_of(thread, taken[thread] + 1), "Lead::try_take")) return false;
    number[thread] = number_of(thread, ++taken[thread]);
    return true;
  }

  void wake_one() {
    if (engine().load(&words().sleepers, Order::sequential, "Lead::wake_one") == 0) return;
    engine().add(&words().wakes, 1, Order::relaxed, "Lead::wake_one");
    engine().wake(&words().wakes, 1);
  }

  void pass(std::uint32_t thread) {
    if (fault == Fault::deposed_leader_passes_anyway) engine().store(&words().taken, 0, Order::sequential, "Lead::pass");
    else if (!engine().exchange_if(&words().taken, number[thread], 0, "Lead::pass")) return;
    if (engine().load(&words().standing_by, Order::sequential, "Lead::pass") != 0 || fault == Fault::lead_passed_in_silence) return;
    wake_one();
  }

  static std::uint32_t word_of(std::uint32_t thread, Fault fault) { return fault == Fault::one_word_for_all_leaders ? 0 : thread; }

  bool enter(std::uint32_t thread) {
    const std::uint32_t mine = word_of(thread, fault);
    engine().store(&words().turn_busy[mine], number[thread], Order::relaxed, "Lead::enter");
    if (fault == Fault::deposed_not_looked_at || engine().load(&words().turn_deposed[mine], Order::relaxed, "Lead::enter") != number[thread]) return true;
    engine().store(&words().turn_busy[mine], 0, Order::ordered, "Lead::enter");
    return false;
  }
  void leave(std::uint32_t thread) { engine().store(&words().turn_busy[word_of(thread, fault)], 0, Order::ordered, "Lead::leave"); }

  bool depose(std::uint32_t thread, std::uint32_t leader) {
    const std::uint32_t other = word_of(leader % kThreads, fault);
    engine().store(&words().turn_deposed[other], leader, Order::relaxed, "Lead::depose");
    if (fault != Fault::deposer_does_not_fence) engine().fence_process("Lead::depose");
    const std::uint32_t busy = engine().load(&words().turn_busy[other], Order::ordered, "Lead::depose");
    if (busy == leader && fault != Fault::leader_not_awaited) return false;
    return try_take(thread, leader);
  }

  /// Between enter() and leave(); false: deposed.
  bool use(std::uint32_t thread) {
    if (!enter(thread)) return false;
    use_what_is_guarded();
    leave(thread);
    return true;
  }
};

/// One passes the lead; another one sleeps until he gets it.
struct Passing : LeadSteps {
  void prepare() override { lead_from_the_beginning(); }
  void begin() override {
    LeadSteps::begin();
    number[0] = number_of(0, taken[0] = 1);
  }

  /// One whose naps are over without the lead having been free in between.
  bool stand_by(std::uint32_t thread) {
    if (!engine().exchange_if(&words().standing_by, 0, 1, "Lead::stand_by")) return false;
    const bool got = try_take(thread);
    engine().store(&words().standing_by, 0, Order::sequential, "Lead::stand_by");
    return got;
  }

  void wait(std::uint32_t thread) {
    for (;;) {
      if (stand_by(thread)) return wake_one();
      const std::uint32_t wakes = engine().load(&words().wakes, Order::relaxed, "Lead::wait");
      engine().add(&words().sleepers, 1, Order::sequential, "Lead::wait");
      const bool got = fault != Fault::lead_not_looked_at_again && try_take(thread);
      if (!got) engine().wait({{&words().wakes, wakes}});
      engine().add(&words().sleepers, ~0u, Order::sequential, "Lead::wait");
      if (got || try_take(thread)) return;
    }
  }

  std::vector<ThreadPlan> threads() override {
    return {{"leader", kCalleeProcess, [this] { pass(0); }}, {"follower", kCalleeProcess, [this] { wait(1); }}};
  }
};

/// A leader that looks twice, and one or two that depose whoever leads, one after the other as they stand by.
struct Deposing : LeadSteps {
  std::uint32_t deposers = 1;
  bool leads_again = false;

  void prepare() override { lead_from_the_beginning(); }
  void begin() override {
    LeadSteps::begin();
    number[0] = number_of(0, taken[0] = 1);
  }

  void run_leader() {
    if (use(0) && use(0)) {
      pass(0);
      if (!leads_again || !try_take(0)) return;
      static_cast<void>(use(0));
    }
    pass(0);
  }

  /// Finds the leader stopped once.
  void run_deposer(std::uint32_t thread) {
    if (!engine().exchange_if(&words().standing_by, 0, 1, "Lead::stand_by")) return;
    const std::uint32_t leader = engine().load(&words().taken, Order::relaxed, "Lead::stand_by");
    const bool got = leader == 0 ? try_take(thread) : depose(thread, leader);
    engine().store(&words().standing_by, 0, Order::sequential, "Lead::stand_by");
    if (!got) return;
    static_cast<void>(use(thread));
    pass(thread);
  }

  /// Whoever led has passed the lead.
  void at_end() override { engine().expect(engine().latest(&words().taken) == 0, "the lead is nobody's, and not free"); }

  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans{{"leader", kCalleeProcess, [this] { run_leader(); }}};
    for (std::uint32_t thread = 1; thread <= deposers; ++thread) {
      plans.push_back({"deposer " + std::to_string(thread), kCalleeProcess, [this, thread] { run_deposer(thread); }});
    }
    return plans;
  }
};

}  // namespace

std::unique_ptr<Scenario> make_lead(Fault fault) {
  auto made = std::make_unique<Passing>();
  made->fault = fault;
  return made;
}

std::unique_ptr<Scenario> make_deposed_lead(Fault fault, std::uint32_t deposers, bool leads_again) {
  auto made = std::make_unique<Deposing>();
  made->fault = fault;
  made->deposers = deposers;
  made->leads_again = leads_again;
  return made;
}

}  // namespace explorer
