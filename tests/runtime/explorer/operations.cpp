// What threads of a scenario do: accesses to words and payload, and system calls.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine.hpp"
#include "hash.hpp"
#include "world.hpp"

namespace explorer {
namespace {

/// A function's name without its template arguments, which some compilers tell.
std::string_view plain(const char* function) {
  const std::string_view name(function);
  return name.substr(0, name.find('<'));
}

}  // namespace

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
  note(message, order == Order::sequential ? memory_.knowledge(current_) : 0);
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
  note(memory_.last(word), order == Order::sequential ? memory_.knowledge(current_) : 0);
  if (tracing_) tell(function, "stores " + name_of(word) + " = " + std::to_string(value));
}

std::uint32_t Engine::add(void* address, std::uint32_t value, Order order, const char* function) {
  step();
  const std::size_t word = memory_.word(address);
  if (order == Order::sequential) memory_.fence(current_);
  const std::uint32_t before = memory_.add(current_, word, value, order);
  note(memory_.last(word), order == Order::sequential ? memory_.knowledge(current_) : 0);
  if (tracing_) tell(function, "adds to " + name_of(word) + ", now " + std::to_string(memory_.latest(word)));
  return before;
}

bool Engine::exchange_if(void* address, std::uint32_t expected, std::uint32_t value, const char* function) {
  step();
  const std::size_t word = memory_.word(address);
  memory_.fence(current_);
  const std::uint32_t before = memory_.latest(word);
  if (before == expected) memory_.add(current_, word, value - before, Order::sequential);
  else memory_.load(current_, word, memory_.last(word), Order::sequential);
  note(memory_.last(word), memory_.knowledge(current_));
  if (tracing_) tell(function, (before == expected ? "takes " : "finds taken ") + name_of(word));
  return before == expected;
}

void Engine::fence(const char* function) {
  if (weak(function, "fence")) return;
  step();
  memory_.fence(current_);
  note(memory_.knowledge(current_), 0);
  if (tracing_) tell(function, "fence");
}

void Engine::fence_process(const char* function) {
  step();
  memory_.fence(current_);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i].plan.process != self().plan.process) continue;
    memory_.fence(i);
    threads_[i].history = mix(threads_[i].history, memory_.knowledge(i));
  }
  memory_.fence(current_);
  if (tracing_) tell(function, "fence in all threads");
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

void Engine::tell(const char* function, const std::string& what) {
  outcome_.trace.push_back(self().plan.name + ": " + std::string(plain(function)) + ": " + what);
}

}  // namespace explorer
