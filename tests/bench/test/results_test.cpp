// Which measurements count, and what is made of them.
#include "driver/results.hpp"
#include "driver/options.hpp"
#include "support/catch.hpp"
#include "support/line.hpp"

using namespace shmidl::bench;

namespace {

Attempt attempt(double mean, double line_before, double line_after) {
  Attempt made;
  made.samples = {{mean, mean, mean}, {mean}};
  made.line_before = line_before;
  made.line_after = line_after;
  return made;
}

Attempt failed(const char* why) {
  Attempt made;
  made.line_before = made.line_after = 100;
  made.failure = why;
  return made;
}

}  // namespace

TEST_CASE("a round in which the line exchange moved does not count") {
  Results results;
  Series& series = results.series("x", "add.poll");
  series.attempts = {attempt(200, 100, 104), attempt(900, 100, 480), attempt(210, 102, 99)};
  const Summary summary = results.summary(series);
  CHECK(summary.counted == 2);
  CHECK(summary.rounds == 3);
  CHECK(summary.mean <= 210);
  CHECK_FALSE(summary.moved);
}

TEST_CASE("rounds on cores that are further apart than in most do not count") {
  Results results;
  Series& series = results.series("x", "add.poll");
  series.attempts = {attempt(200, 100, 100), attempt(900, 470, 480), attempt(200, 100, 100)};
  CHECK(results.summary(series).counted == 2);
  CHECK(results.summary(series).mean == 200);
}

TEST_CASE("where no round counts, the figures are of all and say so") {
  Results results;
  Series& series = results.series("x", "add.poll");
  series.attempts = {attempt(200, 100, 400)};
  CHECK(results.summary(series).moved);
  CHECK(results.summary(series).mean == 200);
}

TEST_CASE("a ratio is of one round, and of rounds in which both count") {
  Results results;
  results.series("floors", "line").attempts = {attempt(100, 100, 100), attempt(120, 120, 120), attempt(100, 100, 300)};
  results.series("shmidl", "add.poll").attempts = {attempt(150, 100, 100), attempt(180, 120, 120), attempt(900, 100, 100)};
  CHECK(results.ratio(results.find("shmidl", "add.poll"), results.find("floors", "line")) == Approx(1.5));
  CHECK(results.summary(*results.find("shmidl", "add.poll")).to_floor == Approx(1.5));
  CHECK_FALSE(results.ratio(results.find("shmidl", "add.poll"), results.find("ucx", "add.poll")));
}

TEST_CASE("a row that failed in every round has its last reason, one that failed once has figures") {
  Results results;
  results.series("x", "oneway").attempts = {failed("first"), failed("second")};
  CHECK(results.summary(*results.find("x", "oneway")).failure == "second");
  results.series("y", "oneway").attempts = {failed("first"), attempt(50, 100, 100)};
  CHECK(results.summary(*results.find("y", "oneway")).failure.empty());
  CHECK(results.summary(*results.find("y", "oneway")).counted == 1);
}

TEST_CASE("the kernel's lists of cores are read") {
  CHECK(parse_core_list("0-3,8\n") == std::vector<int>{0, 1, 2, 3, 8});
  CHECK(parse_core_list("5") == std::vector<int>{5});
  CHECK(parse_core_list("").empty());
}

TEST_CASE("a look at the line leaves the thread where it may run") {
  const std::vector<int> before = allowed_cores();
  const Cores cores = two_cores();
  CHECK(cores.apart());
  CHECK(probe_line(cores) > 0);
  cpu_set_t after;
  REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
  CHECK(CPU_COUNT(&after) == static_cast<int>(before.size()));
}

TEST_CASE("options are read, and wrong ones refused") {
  const Options options = parse_options({"--rounds", "3", "--rows", "add.*,line", "--contenders", "shmidl"});
  CHECK(options.rounds == 3);
  CHECK(options.wants_row("add.poll"));
  CHECK_FALSE(options.wants_row("oneway"));
  CHECK_FALSE(options.wants_contender("ucx"));
  CHECK_THROWS_AS(parse_options({"--rounds", "0"}), UsageError);
  CHECK_THROWS_AS(parse_options({"--rounds"}), UsageError);
  CHECK_THROWS_AS(parse_options({"--fast"}), UsageError);
  CHECK_THROWS_AS(parse_options({"--rows", ","}), UsageError);
}
