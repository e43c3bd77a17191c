// How long waits spin.
#include "rpc/spin.hpp"
#include "support/catch.hpp"

using namespace shmidl;
using namespace std::chrono_literals;
using rpc::SpinHistory;
using rpc::Spinner;

TEST_CASE("what sleeping costs is measured, within what a machine may claim") {
  CHECK(rpc::spin_budget() == 50us);  // until then
  const auto late = rpc::measure_sleeps();
  CHECK(late > 0ns);
  CHECK(rpc::spin_budget() == std::clamp<std::chrono::nanoseconds>(2 * late, rpc::kLeastBudget, rpc::kMostBudget));
}

TEST_CASE("spinning becomes short after long waits, never nothing, and long again after one that it would have saved") {
  SpinHistory history;
  const auto whole = rpc::spin_budget();
  CHECK(history.budget() == whole);
  history.note(10ms);
  history.note(10ms);
  CHECK(history.budget() == whole);  // two may be chance
  history.note(10ms);
  CHECK(history.budget() == whole / 2);
  for (int i = 0; i < 100; ++i) history.note(10ms);
  CHECK(history.budget() == whole / 16);
  history.note(2 * whole);
  CHECK(history.budget() == whole);
}

TEST_CASE("an adaptive wait ends its looks when its budget is used, a blocking one at once, a polling one never") {
  SpinHistory history;
  Spinner adaptive(Wait::adaptive, history);
  const auto start = os::Clock::now();
  long looks = 0;
  while (adaptive.again()) ++looks;
  CHECK(os::Clock::now() - start >= history.budget());
  CHECK(looks > 64);
  Spinner block(Wait::block, history);
  CHECK_FALSE(block.again());
  Spinner poll(Wait::poll, history);
  const auto until = os::Clock::now() + 20 * rpc::spin_budget();
  bool looking = true;
  while (looking && os::Clock::now() < until) looking = poll.again();
  CHECK(looking);
}

TEST_CASE("looks that are made many at a time use the budget as fast") {
  SpinHistory history;
  Spinner rounds(Wait::adaptive, history);
  int reads = 0;
  for (int i = 0; i < 8; ++i) {
    REQUIRE(rounds.again(32));
    reads += rounds.clock_read() ? 1 : 0;
  }
  CHECK(reads == 4);
}
