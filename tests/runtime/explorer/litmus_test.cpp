// The explorer itself: small programs whose outcomes are known, and each of them found, no other.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace explorer;
using A = ExploredAccess;

namespace {

shm::Word& x() { return world().caller.control.bell; }
shm::Word& y() { return world().callee.control.bell; }
shm::Word& z() { return world().caller.control.taken; }
std::byte* payload() { return world().caller.arena; }

using Outcomes = std::set<std::string>;

struct Litmus : Scenario {
  std::vector<std::function<void()>> programs;
  std::uint32_t result[4] = {};
  int results = 2;
  Outcomes outcomes;

  void prepare() override {}
  void begin() override {
    for (auto& value : result) value = 9;
  }
  std::vector<ThreadPlan> threads() override {
    std::vector<ThreadPlan> plans;
    for (std::size_t i = 0; i < programs.size(); ++i) plans.push_back({"thread " + std::to_string(i), static_cast<int>(i), programs[i], false});
    return plans;
  }
  void at_end() override {
    std::string outcome;
    for (int i = 0; i < results; ++i) outcome += std::to_string(result[i]);
    outcomes.insert(outcome);
  }
};

/// All outcomes: the same whether states are merged or every schedule is run to its end.
Outcomes outcomes_of(Litmus& litmus) {
  Outcomes each[2];
  std::uint64_t schedules[2] = {};
  for (const bool merge : {false, true}) {
    litmus.outcomes.clear();
    Limits limits;
    limits.merge = merge;
    const Outcome found = engine().explore(litmus, {}, limits);
    CHECK(found.failure == "");
    CHECK(found.complete);
    each[merge ? 1 : 0] = litmus.outcomes;
    schedules[merge ? 1 : 0] = found.schedules;
  }
  CHECK(each[0] == each[1]);
  CHECK(schedules[1] <= schedules[0]);
  return each[1];
}

std::string failure_of(Litmus& litmus) { return engine().explore(litmus).failure; }

}  // namespace

TEST_CASE("two threads that store and then look may both miss the other; with fences one sees") {
  for (const int fences : {0, 1, 2}) {
    Litmus litmus;
    litmus.programs = {[&] {
                         A::release(x(), 1);
                         if (fences > 0) A::fence();
                         litmus.result[0] = A::acquire(y());
                       },
                       [&] {
                         A::release(y(), 1);
                         if (fences > 1) A::fence();
                         litmus.result[1] = A::acquire(x());
                       }};
    const Outcomes both{"01", "10", "11"};
    Outcomes expected = both;
    if (fences < 2) expected.insert("00");
    CHECK(outcomes_of(litmus) == expected);
  }
}

TEST_CASE("a message is seen with its flag if one side releases and the other acquires") {
  for (const bool release : {false, true}) {
    for (const bool acquire : {false, true}) {
      Litmus litmus;
      litmus.programs = {[&] {
                           A::relaxed_store(x(), 1);
                           release ? A::release(y(), 1) : A::relaxed_store(y(), 1);
                         },
                         [&] {
                           litmus.result[0] = acquire ? A::acquire(y()) : A::relaxed(y());
                           litmus.result[1] = A::relaxed(x());
                         }};
      Outcomes expected{"00", "01", "11"};
      if (!release || !acquire) expected.insert("10");
      CHECK(outcomes_of(litmus) == expected);
    }
  }
}

TEST_CASE("fences order relaxed accesses as release and acquire do") {
  Litmus litmus;
  litmus.programs = {[&] {
                       A::relaxed_store(x(), 1);
                       A::fence();
                       A::relaxed_store(y(), 1);
                     },
                     [&] {
                       litmus.result[0] = A::relaxed(y());
                       A::fence();
                       litmus.result[1] = A::relaxed(x());
                     }};
  CHECK(outcomes_of(litmus) == Outcomes{"00", "01", "11"});
}

TEST_CASE("no thread sees a word go back") {
  Litmus litmus;
  litmus.programs = {[&] {
                       A::relaxed_store(x(), 1);
                       A::relaxed_store(x(), 2);
                     },
                     [&] {
                       litmus.result[0] = A::relaxed(x());
                       litmus.result[1] = A::relaxed(x());
                     }};
  CHECK(outcomes_of(litmus) == Outcomes{"00", "01", "02", "11", "12", "22"});
}

TEST_CASE("what one thread saw is passed on with a release") {
  Litmus litmus;
  litmus.results = 3;
  litmus.programs = {[&] { A::release(x(), 1); },
                     [&] {
                       litmus.result[0] = A::acquire(x());
                       A::release(y(), 1);
                     },
                     [&] {
                       litmus.result[1] = A::acquire(y());
                       litmus.result[2] = A::relaxed(x());
                     }};
  CHECK(outcomes_of(litmus) == Outcomes{"000", "001", "010", "011", "100", "101", "111"});
}

TEST_CASE("two readers may see two writers in different orders, unless both pass a fence between their reads") {
  for (const bool fences : {false, true}) {
    Litmus litmus;
    litmus.results = 4;
    const auto reader = [&](shm::Word& first, shm::Word& second, int at) {
      litmus.result[at] = A::acquire(first);
      if (fences) A::fence();
      litmus.result[at + 1] = A::acquire(second);
    };
    litmus.programs = {[&] { A::release(x(), 1); }, [&] { A::release(y(), 1); }, [&] { reader(x(), y(), 0); }, [&] { reader(y(), x(), 2); }};
    CHECK(outcomes_of(litmus).contains("1010") == !fences);
  }
}

TEST_CASE("additions are not lost, and continue what an earlier release published") {
  Litmus litmus;
  litmus.results = 3;
  litmus.programs = {[&] {
                       A::relaxed_store(x(), 1);
                       A::release(y(), 1);
                     },
                     [&] { engine().add(&y(), 2, Order::relaxed, "add"); },
                     [&] {
                       litmus.result[0] = A::acquire(y());
                       litmus.result[1] = A::relaxed(x());
                     }};
  litmus.results = 2;
  // 3: the store came first, or the addition did and was overwritten: then the word is 1.
  CHECK(outcomes_of(litmus) == Outcomes{"00", "01", "11", "20", "21", "31"});

  Litmus sum;
  sum.results = 1;
  sum.programs = {[&] {
                    engine().add(&x(), 1, Order::relaxed, "add");
                    if (engine().add(&z(), 1, Order::sequential, "add") == 1) sum.result[0] = A::relaxed(x());
                  },
                  [&] {
                    engine().add(&x(), 1, Order::relaxed, "add");
                    if (engine().add(&z(), 1, Order::sequential, "add") == 1) sum.result[0] = A::relaxed(x());
                  }};
  CHECK(outcomes_of(sum) == Outcomes{"2"});
}

TEST_CASE("payload that is not ordered with its writer is a race, and so is the other way round") {
  Litmus litmus;
  const std::uint32_t value = 7;
  std::uint32_t got = 0;
  litmus.programs = {[&] {
                       A::write(payload(), &value, sizeof value);
                       A::relaxed_store(x(), 1);
                     },
                     [&] {
                       if (A::acquire(x()) == 1) A::read(&got, payload(), sizeof got);
                     }};
  CHECK(failure_of(litmus).find("race") != std::string::npos);
  litmus.programs = {[&] {
                       A::read(&got, payload(), sizeof got);
                       A::release(x(), 1);
                     },
                     [&] {
                       if (A::relaxed(x()) == 1) A::write(payload(), &value, sizeof value);
                     }};
  CHECK(failure_of(litmus).find("race") != std::string::npos);
  litmus.programs[1] = [&] {
    if (A::acquire(x()) == 1) A::write(payload(), &value, sizeof value);
  };
  CHECK(failure_of(litmus) == "");
}

TEST_CASE("sequentially consistent fences order reads, but payload is raced for in spite of them") {
  Litmus litmus;
  const std::uint32_t value = 7;
  std::uint32_t got = 0;
  // Neither reads the other's word before its fence: no happens-before, even where the second fence comes later.
  litmus.programs = {[&] {
                       A::write(payload(), &value, sizeof value);
                       A::fence();
                     },
                     [&] {
                       A::fence();
                       A::read(&got, payload(), sizeof got);
                     }};
  CHECK(failure_of(litmus).find("race") != std::string::npos);
}

TEST_CASE("a wake before the sleep is lost, unless the word has changed") {
  Litmus litmus;
  litmus.results = 0;
  litmus.programs = {[&] { engine().wait({{&x(), 0}}); }, [&] { engine().wake(&x(), 1); }};
  CHECK(failure_of(litmus) == "thread 0 sleeps for ever, on caller.bell");
  litmus.programs = {[&] { engine().wait({{&x(), 0}}); },
                     [&] {
                       A::relaxed_store(x(), 1);
                       engine().wake(&x(), 1);
                     }};
  CHECK(failure_of(litmus) == "");
  litmus.programs = {[&] { engine().wait({{&x(), 0}, {&y(), 0}}); },
                     [&] {
                       A::relaxed_store(y(), 1);
                       engine().wake(&y(), 1);
                     }};
  CHECK(failure_of(litmus) == "");
}

TEST_CASE("a sleeper may compare an old value while the store's wake has not been called") {
  Litmus litmus;
  litmus.results = 0;
  litmus.programs = {[&] { engine().wait({{&x(), 0}}); },
                     [&] {
                       A::relaxed_store(x(), 1);
                       engine().wake(&y(), 1);
                     }};
  CHECK(failure_of(litmus) == "thread 0 sleeps for ever, on caller.bell");
}

TEST_CASE("who looks for what never comes is found") {
  Litmus litmus;
  litmus.programs = {[&] {
    while (A::acquire(x()) == 0) engine().pause();
  }};
  CHECK(failure_of(litmus) == "thread 0 looks for ever");
}

TEST_CASE("a process may die at each of its steps, and what it stored before stays") {
  // The other thread waits for the death, which need not come.
  struct Patient : Litmus {
    std::vector<ThreadPlan> threads() override {
      auto plans = Litmus::threads();
      plans[1].background = true;
      return plans;
    }
  } litmus;
  litmus.results = 1;
  litmus.mortal = 0;
  litmus.programs = {[&] {
                       A::relaxed_store(x(), 1);
                       A::relaxed_store(x(), 2);
                     },
                     [&] {
                       engine().await_death(0);
                       litmus.result[0] = A::relaxed(x());
                     }};
  CHECK(outcomes_of(litmus) == Outcomes{"0", "1", "2", "9"});
}
