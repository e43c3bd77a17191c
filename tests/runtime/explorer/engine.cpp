#include "engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "world.hpp"

namespace explorer {
namespace {

constexpr std::size_t kMain = ~std::size_t{0};  // Engine::current_ outside of all threads

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  // The finaliser of splitmix64.
  std::uint64_t x = a * 0x9e37'79b9'7f4a'7c15u + b + 1;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9u;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebu;
  return x ^ (x >> 31);
}

/// A function's name without its template arguments, which some compilers tell.
std::string_view plain(const char* function) {
  const std::string_view name(function);
  return name.substr(0, name.find('<'));
}

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
  fences_ = 0;
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
    if (depth_ == choices_.size() && options_.size() > 1) {
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

// ── words ─────────────────────────────────────────────────────────────────────────────────────────

bool Engine::weak(const char* function, std::string_view order) {
  if (places_seen_.insert(mix(reinterpret_cast<std::uintptr_t>(function), order.size())).second) orders_seen_.insert(std::string(plain(function)) + " " + std::string(order));
  return weakening_ && weakening_->order == order && weakening_->function == plain(function);
}

std::uint32_t Engine::load(const void* address, Order order, const char* function) {
  step();
  if (order == Order::ordered && weak(function, "acquire")) order = Order::relaxed;
  const std::size_t word = memory_.word(address);
  if (order == Order::sequential) memory_.fence(current_);
  const std::size_t oldest = memory_.oldest(current_, word);
  const std::size_t message = oldest + choose(memory_.last(word) - oldest + 1);
  const std::uint32_t value = memory_.load(current_, word, message, order);
  auto& looks = self().looks;
  const auto look = std::find_if(looks.begin(), looks.end(), [&](const Read& read) { return read.word == word; });
  if (look == looks.end()) looks.push_back({word, message});
  else look->message = message;
  note(message, order == Order::sequential ? ++fences_ : 0);
  if (tracing_) {
    const std::size_t newer = memory_.last(word) - message;
    tell(function, "reads " + name_of(word) + " = " + std::to_string(value) + (newer == 0 ? "" : ", " + std::to_string(newer) + " stores behind"));
  }
  return value;
}

void Engine::store(void* address, std::uint32_t value, Order order, const char* function) {
  step();
  if (order == Order::ordered && weak(function, "release")) order = Order::relaxed;
  const std::size_t word = memory_.word(address);
  if (order == Order::sequential) memory_.fence(current_);
  memory_.store(current_, word, value, order);
  note(memory_.last(word), order == Order::sequential ? ++fences_ : 0);
  if (tracing_) tell(function, "stores " + name_of(word) + " = " + std::to_string(value));
}

std::uint32_t Engine::add(void* address, std::uint32_t value, Order order, const char* function) {
  step();
  const std::size_t word = memory_.word(address);
  if (order == Order::sequential) memory_.fence(current_);
  const std::uint32_t before = memory_.add(current_, word, value, order);
  note(memory_.last(word), order == Order::sequential ? ++fences_ : 0);
  if (tracing_) tell(function, "adds to " + name_of(word) + ", now " + std::to_string(memory_.latest(word)));
  return before;
}

void Engine::fence(const char* function) {
  if (weak(function, "fence")) return;
  step();
  memory_.fence(current_);
  note(++fences_, 0);
  if (tracing_) tell(function, "fence");
}

void Engine::write(void* to, const void* from, std::size_t bytes, const char* function) {
  if (!memory_.write(current_, to, from, bytes)) fail("race: " + std::string(plain(function)) + " writes " + name_at(memory_.offset(to)));
}

void Engine::read(void* to, const void* from, std::size_t bytes, const char* function) {
  if (!memory_.read(current_, to, from, bytes)) fail("race: " + std::string(plain(function)) + " reads " + name_at(memory_.offset(from)));
}

// ── system calls ──────────────────────────────────────────────────────────────────────────────────

// The kernel looks at a word and queues the sleeper under the lock that a wake of the word takes; both count a waiter before they look. So what a
// waker knew of the word when it called is what a later sleeper's comparison sees at least, and a sleeper queued before is found. Stores whose
// wake has not been called yet may be seen by the comparison or not. No system call orders anything else here: less than Linux gives.

Engine::Kernel& Engine::kernel(std::size_t word) {
  const auto found = std::find_if(kernels_.begin(), kernels_.end(), [&](const Kernel& known) { return known.word == word; });
  if (found != kernels_.end()) return *found;
  return kernels_.emplace_back(Kernel{word, 0, 0});
}

void Engine::wait(std::initializer_list<Sleep> words) {
  step();
  for (const Sleep& sleep : words) {
    const std::size_t word = memory_.word(sleep.word);
    const std::size_t oldest = std::max(memory_.oldest(current_, word), kernel(word).position);
    const std::size_t message = oldest + choose(memory_.last(word) - oldest + 1);
    memory_.raise_floor(current_, word, message);
    note(message, ++kernel(word).calls);
    if (memory_.messages(word)[message].value == sleep.expected) continue;
    if (tracing_) tell("wait", name_of(word) + " has changed");
    return;
  }
  for (const Sleep& sleep : words) self().sleeps.push_back(memory_.word(sleep.word));
  self().sleep_number = ++sleeps_;
  if (tracing_) tell("wait", "falls asleep");
  sleep_on(State::asleep);
}

void Engine::sleep_on(State state) {
  self().state = state;
  if (priming_) leave();
  else pick();
  self().returns = true;
}

void Engine::wake(const void* address, int count) {
  step();
  const std::size_t word = memory_.word(address);
  Kernel& known = kernel(word);
  known.position = std::max(known.position, memory_.position(current_, word));
  note(++known.calls, 0);
  for (; count > 0; --count) {
    Thread* first = nullptr;
    for (Thread& thread : threads_) {
      if (thread.state != State::asleep || std::find(thread.sleeps.begin(), thread.sleeps.end(), word) == thread.sleeps.end()) continue;
      if (first == nullptr || thread.sleep_number < first->sleep_number) first = &thread;
    }
    if (tracing_) tell("wake", first == nullptr ? "nobody on " + name_of(word) : first->plan.name);
    if (first == nullptr) return;
    first->state = State::ready;
    first->sleeps.clear();
    memory_.raise_floor(static_cast<std::size_t>(first - threads_.data()), word, known.position);
  }
}

void Engine::pause() {
  sleep_on(State::paused);
  self().looks.clear();
}

void Engine::await_death(int process) {
  self().awaited = process;
  sleep_on(State::awaits_death);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i].plan.process == process) memory_.learn_all(current_, i);
  }
  note(0xdead, 0);
}

void Engine::tick() {
  sleep_on(State::ticking);
  self().steps_of_others = steps_ - self().steps;
  note(0, 0);
}

// ── telling ───────────────────────────────────────────────────────────────────────────────────────

std::string Engine::name_of(std::size_t word) const { return name_at(memory_.offset_of(word)); }

void Engine::tell(const char* function, const std::string& what) { outcome_.trace.push_back(self().plan.name + ": " + std::string(plain(function)) + ": " + what); }

}  // namespace explorer
