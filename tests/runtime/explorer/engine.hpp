// Runs a scenario under every schedule: which thread goes next, which store a load reads, where a process dies.
//
// The scenario is executed again and again from its beginning, each time with another sequence of choices, depth first. A state that was reached
// before is not explored twice: all that a thread can do next follows from what its operations have returned so far, so the hashes of these
// histories, of all threads, stand for the state (64 bits: with ten million states, two share a hash once in 400,000 explorations).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fiber.hpp"
#include "memory.hpp"
#include "seen_states.hpp"

namespace explorer {

/// One thread of a scenario. Its function holds nothing with a destructor: a schedule may be left in the middle.
struct ThreadPlan {
  std::string name;
  int process = 0;
  std::function<void()> run;
  bool background = false;  // need not end
};

/// What is explored. prepare() sets the world's words and the scenario's own variables.
struct Scenario {
  virtual ~Scenario() = default;
  virtual void prepare() = 0;                    // once
  virtual void begin() {}                        // before each execution: private variables
  virtual std::vector<ThreadPlan> threads() = 0;
  virtual void at_end() {}                       // after each execution that ended, with expect()
  int mortal = -1;                               // the process that may die, at any step
};

/// An order to weaken: in a function of src/shm, "acquire", "release" or "fence".
struct Weakening {
  std::string function;
  std::string order;
};

struct Limits {
  std::uint64_t states = 12'000'000;
  std::size_t steps = 600;  // of one execution
  bool merge = true;        // states that were reached before are left
};

struct Outcome {
  std::uint64_t schedules = 0;      // executed
  std::uint64_t states = 0;         // different ones, where there was a choice
  std::size_t longest = 0;          // steps of one execution
  bool complete = false;            // within the limits
  std::string failure;              // empty: none
  std::vector<std::string> trace;   // of the failure
};

class Engine {
 public:
  Engine();
  Outcome explore(Scenario& scenario, const std::optional<Weakening>& weakening = {}, const Limits& limits = {});
  /// The orders that have been used since the program began, as "function order".
  [[nodiscard]] const std::unordered_set<std::string>& orders_seen() const { return orders_seen_; }

  // ── what threads of a scenario do ─────────────────────────────────────────────────────────────
  std::uint32_t load(const void* word, Order order, const char* function);
  void store(void* word, std::uint32_t value, Order order, const char* function);
  std::uint32_t add(void* word, std::uint32_t value, Order order, const char* function);
  /// compare_exchange_strong, seq_cst in both cases.
  bool exchange_if(void* word, std::uint32_t expected, std::uint32_t value, const char* function);
  void fence(const char* function);
  /// membarrier(2): each thread of this process passes a full fence.
  void fence_process(const char* function);
  void write(void* to, const void* from, std::size_t bytes, const char* function);
  void read(void* to, const void* from, std::size_t bytes, const char* function);

  struct Sleep {
    const void* word;
    std::uint32_t expected;
  };
  /// futex_waitv: sleeps while all words have the values expected.
  void wait(std::initializer_list<Sleep> words);
  void wake(const void* word, int count);
  /// Ends a look that found nothing: goes on when a word read since the last pause() has a store that was not read.
  void pause();
  /// Goes on when the process has died; all that the dead did is known then.
  void await_death(int process);
  /// A timer: goes on when another thread has done something since the last tick.
  void tick();

  /// The last value stored, in Scenario::at_end().
  std::uint32_t latest(const void* word) { return memory_.latest(memory_.word(word)); }

  void expect(bool holds, const char* what) {
    if (!holds) fail(what);
  }

 private:
  enum class State : std::uint8_t { ready, paused, asleep, awaits_death, ticking, ended, dead };
  struct Read {
    std::size_t word;
    std::size_t message;
  };
  struct Thread {
    ThreadPlan plan;
    Fiber fiber;
    State state = State::ready;
    std::uint64_t history = 0;
    std::uint64_t steps = 0;
    std::vector<Read> looks;          // since the last pause
    std::vector<std::size_t> sleeps;  // words
    std::uint64_t sleep_number = 0;   // the order of falling asleep
    std::uint64_t steps_of_others = 0;  // at the last tick
    int awaited = -1;
    bool returns = false;             // from a wait: what it does next is part of the same step
  };
  struct Option {
    std::size_t thread;   // kKill: a death
    std::size_t look;     // of a paused thread: the word whose store it sees
  };
  struct Choice {
    std::uint32_t chosen;
    std::uint32_t count;
  };
  /// What the kernel orders with system calls on a word.
  struct Kernel {
    std::size_t word;
    std::size_t position;
    std::uint64_t calls;
  };
  static constexpr std::size_t kKill = ~std::size_t{0};

  static void entry();
  void execute();
  bool backtrack();
  void step();
  void pick();
  void enter(std::size_t thread);
  void leave();
  std::uint32_t choose(std::size_t count);
  void collect_options();
  void kill();
  void fail(const std::string& what);
  void record(const std::string& what);
  void finish();
  void sleep_on(State state);
  void note(std::uint64_t what, std::uint64_t detail);
  Kernel& kernel(std::size_t word);
  bool weak(const char* function, std::string_view order);
  void tell(const char* function, const std::string& what);
  [[nodiscard]] std::string name_of(std::size_t word) const;
  Thread& self() { return threads_[current_]; }

  Memory memory_;
  Fiber main_;
  std::vector<Thread> threads_;
  std::size_t current_ = 0;
  Scenario* scenario_ = nullptr;
  std::optional<Weakening> weakening_;
  Limits limits_;
  Outcome outcome_;
  SeenStates visited_;
  std::unordered_set<std::string> orders_seen_;
  std::unordered_set<std::uint64_t> places_seen_;
  std::vector<Choice> choices_;
  std::size_t depth_ = 0;
  std::vector<Option> options_;
  std::vector<Kernel> kernels_;
  std::uint64_t sleeps_ = 0;
  std::uint64_t steps_ = 0;
  bool killed_ = false;
  bool priming_ = false;
  bool tracing_ = false;
  bool pruned_ = false;
};

/// The one engine; the policy below has no other way to it.
Engine& engine();

/// Shared accesses of a scenario. Each knows the function of src/shm in which it stands.
struct ExploredAccess {
  template <class W>
  static std::uint32_t acquire(const W& word, const char* function = __builtin_FUNCTION()) noexcept {
    return engine().load(&word, Order::ordered, function);
  }
  template <class W>
  static std::uint32_t relaxed(const W& word, const char* function = __builtin_FUNCTION()) noexcept {
    return engine().load(&word, Order::relaxed, function);
  }
  template <class W>
  static void release(W& word, std::uint32_t value, const char* function = __builtin_FUNCTION()) noexcept {
    engine().store(&word, value, Order::ordered, function);
  }
  template <class W>
  static void relaxed_store(W& word, std::uint32_t value, const char* function = __builtin_FUNCTION()) noexcept {
    engine().store(&word, value, Order::relaxed, function);
  }
  static void fence(const char* function = __builtin_FUNCTION()) noexcept { engine().fence(function); }
  static void write(void* to, const void* from, std::size_t bytes, const char* function = __builtin_FUNCTION()) noexcept {
    engine().write(to, from, bytes, function);
  }
  static void read(void* to, const void* from, std::size_t bytes, const char* function = __builtin_FUNCTION()) noexcept {
    engine().read(to, from, bytes, function);
  }
  template <class T>
  static T read_number(const void* from, const char* function = __builtin_FUNCTION()) noexcept {
    T number;
    engine().read(&number, from, sizeof number, function);
    return number;
  }
};

}  // namespace explorer
