#include "engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "hash.hpp"
#include "world.hpp"

namespace explorer {
namespace {

constexpr std::size_t kMain = ~std::size_t{0};  // Engine::current_ outside of all threads

}  // namespace

Engine& engine() {
  static Engine one;
  return one;
}

Engine::Engine() : memory_(reinterpret_cast<std::byte*>(&world()), sizeof(World)) {}

Outcome Engine::explore(Scenario& scenario, const std::optional<Weakening>& weakening, const Limits& limits) {
  scenario_ = &scenario;
  weakening_ = weakening;
  limits_ = limits;
  outcome_ = Outcome{};
  visited_.clear();
  choices_.clear();
  tracing_ = false;
  clear_world();
  scenario.prepare();
  memory_.begin_exploration();
  std::vector<ThreadPlan> plans = scenario.threads();
  if (plans.size() > kMaxThreads) std::abort();
  threads_ = std::vector<Thread>(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) threads_[i].plan = std::move(plans[i]);
  outcome_.complete = true;
  do {
    execute();
    ++outcome_.schedules;
    outcome_.states = visited_.size();
    if (!outcome_.failure.empty()) {
      tracing_ = true;  // the same choices once more, told
      outcome_.failure.clear();
      execute();
      break;
    }
    if (outcome_.states > limits_.states) outcome_.complete = false;
  } while (outcome_.complete && backtrack());
  return outcome_;
}

bool Engine::backtrack() {
  while (!choices_.empty() && choices_.back().chosen + 1 == choices_.back().count) choices_.pop_back();
  if (choices_.empty()) return false;
  ++choices_.back().chosen;
  return true;
}

void Engine::execute() {
  memory_.reset();
  depth_ = 0;
  kernels_.clear();
  sleeps_ = 0;
  steps_ = 0;
  killed_ = false;
  pruned_ = false;
  scenario_->begin();
  priming_ = true;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Thread& thread = threads_[i];
    thread.state = State::ready;
    thread.history = 0;
    thread.steps = 0;
    thread.steps_of_others = 0;
    thread.looks.clear();
    thread.sleeps.clear();
    thread.returns = false;
    thread.fiber.start(&Engine::entry);
    current_ = i;
    thread.fiber.switch_from(main_);  // up to its first operation
  }
  priming_ = false;
  current_ = kMain;
  if (outcome_.failure.empty()) pick();
  current_ = kMain;
  outcome_.longest = std::max(outcome_.longest, static_cast<std::size_t>(steps_));
  if (!pruned_ && outcome_.failure.empty()) scenario_->at_end();
}

void Engine::entry() {
  Engine& self = engine();
  self.self().plan.run();
  self.self().state = State::ended;
  if (self.priming_) self.leave();
  self.pick();
  std::abort();  // an ended thread is never chosen
}

void Engine::leave() { main_.switch_from(threads_[current_].fiber); }

void Engine::finish() {
  if (current_ != kMain) leave();  // for ever, if it is a thread
}

void Engine::fail(const std::string& what) {
  record(current_ == kMain ? what : threads_[current_].plan.name + ": " + what);
  finish();
}

void Engine::record(const std::string& what) {
  outcome_.failure = what;
  if (tracing_) outcome_.trace.push_back("failure: " + what);
}

void Engine::enter(std::size_t thread) {
  const std::size_t from = std::exchange(current_, thread);
  if (from != thread) threads_[thread].fiber.switch_from(from == kMain ? main_ : threads_[from].fiber);
}

void Engine::collect_options() {
  options_.clear();
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    switch (thread.state) {
      case State::ready:
        options_.push_back({i, 0});
        break;
      case State::paused:
        for (std::size_t look = 0; look < thread.looks.size(); ++look) {
          if (memory_.last(thread.looks[look].word) > thread.looks[look].message) options_.push_back({i, look});
        }
        break;
      case State::awaits_death:
        if (killed_ && scenario_->mortal == thread.awaited) options_.push_back({i, 0});
        break;
      case State::ticking:
        if (steps_ - thread.steps > thread.steps_of_others) options_.push_back({i, 0});
        break;
      case State::asleep:
      case State::ended:
      case State::dead:
        break;
    }
  }
}

void Engine::pick() {
  for (;;) {
    collect_options();
    if (options_.empty()) {
      for (const Thread& thread : threads_) {
        if (thread.plan.background || thread.state == State::ended || thread.state == State::dead) continue;
        std::string what = thread.plan.name + (thread.state == State::paused ? " looks for ever" : " sleeps for ever");
        for (const std::size_t word : thread.sleeps) what += ", on " + name_of(word);
        record(what);
        return finish();
      }
      // Nobody has anything left to do; a death may still be told.
      if (scenario_->mortal < 0 || killed_ || choose(2) == 0) return finish();
      kill();
      continue;
    }
    if (scenario_->mortal >= 0 && !killed_) options_.push_back({kKill, 0});
    if (limits_.merge && depth_ == choices_.size() && options_.size() > 1) {
      std::uint64_t state = 0;
      for (const Thread& thread : threads_) {
        const bool due = thread.state == State::ticking && steps_ - thread.steps > thread.steps_of_others;
        state = mix(state, thread.history + (due ? 1 : 0));
      }
      if (!visited_.insert(state)) {
        pruned_ = true;
        return finish();
      }
    }
    const Option option = options_[choose(options_.size())];
    if (option.thread == kKill) {
      kill();
      continue;
    }
    Thread& next = threads_[option.thread];
    if (next.state == State::paused) {
      const Read look = next.looks[option.look];
      memory_.raise_floor(option.thread, look.word, look.message + 1);
      next.history = mix(mix(next.history, memory_.offset_of(look.word)), look.message);
    }
    next.state = State::ready;
    return enter(option.thread);
  }
}

std::uint32_t Engine::choose(std::size_t count) {
  if (count == 1) return 0;
  if (depth_ == choices_.size()) choices_.push_back({0, static_cast<std::uint32_t>(count)});
  if (choices_[depth_].count != count) std::abort();  // the scenario is not deterministic
  return choices_[depth_++].chosen;
}

void Engine::kill() {
  killed_ = true;
  for (Thread& thread : threads_) {
    if (thread.plan.process != scenario_->mortal) continue;
    if (thread.state != State::ended) thread.state = State::dead;
    thread.history = mix(thread.history, 0xdead);
    if (tracing_) outcome_.trace.push_back(thread.plan.name + " dies");
  }
}

void Engine::step() {
  if (priming_) leave();
  else if (!std::exchange(self().returns, false)) pick();
  ++self().steps;
  if (++steps_ <= limits_.steps) return;
  fail("no end in " + std::to_string(limits_.steps) + " steps");
}

void Engine::note(std::uint64_t what, std::uint64_t detail) { self().history = mix(mix(self().history, what), detail); }

// ── telling ───────────────────────────────────────────────────────────────────────────────────────

std::string Engine::name_of(std::size_t word) const { return name_at(memory_.offset_of(word)); }

}  // namespace explorer
