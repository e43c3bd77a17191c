#include "driver/goals.hpp"

#include "driver/format.hpp"

namespace shmidl::bench {

namespace {

/// A figure to stay below, or to reach.
struct Bound {
  double goal;
  double moonshot;  ///< 0: none
  bool at_most;

  [[nodiscard]] bool holds(double value, double bound) const { return at_most ? value <= bound : value >= bound; }
};

class Judge {
 public:
  explicit Judge(const Results& results) : results_(results) {}

  /// A figure of ours over another's of the same round.
  void ratio(const std::string& work, const std::string& row, const std::string& contender, const std::string& to_row, Bound bound,
             const std::string& by = "shmidl") {
    judge(work, results_.ratio(results_.find(by, row), results_.find(contender, to_row)), bound, " x", 2);
  }

  /// How many times faster than another.
  void faster(const std::string& work, const std::string& row, const std::string& contender, const std::string& to_row, Bound bound) {
    judge(work, results_.ratio(results_.find(contender, to_row), results_.find("shmidl", row)), bound, " x", 2);
  }

  /// Messages or calls a second, in millions.
  void rate(const std::string& work, const std::string& row, Bound bound) {
    const std::optional<double> each = mean(row);
    judge(work, each ? std::optional(1000 / *each) : std::nullopt, bound, " million/s", 1);
  }

  /// A mean in another unit than nanoseconds or bytes.
  void scaled(const std::string& work, const std::string& row, double divisor, const char* unit, Bound bound, int decimals,
              const std::string& by = "shmidl") {
    const std::optional<double> value = mean(row, by);
    judge(work, value ? std::optional(*value / divisor) : std::nullopt, bound, unit, decimals);
  }

  /// A further figure of a row.
  void extra(const std::string& work, const std::string& row, const char* key, const char* unit, Bound bound, int decimals) {
    std::optional<double> value;
    if (const Series* series = results_.find("shmidl", row)) {
      const nlohmann::json figures = results_.summary(*series).extra;
      if (figures.contains(key)) value = figures.at(key).get<double>();
    }
    judge(work, value, bound, unit, decimals);
  }

  std::vector<Goal> take() { return std::move(goals_); }

 private:
  [[nodiscard]] std::optional<double> mean(const std::string& row, const std::string& by = "shmidl") const {
    const Series* series = results_.find(by, row);
    if (series == nullptr) return std::nullopt;
    const Summary summary = results_.summary(*series);
    return summary.failure.empty() ? std::optional(summary.mean) : std::nullopt;
  }

  void judge(const std::string& work, std::optional<double> value, const Bound& bound, const char* unit, int decimals) {
    const auto text = [&](double number) { return (bound.at_most ? "≤ " : "≥ ") + fixed(number, decimals) + unit; };
    Goal goal{work, text(bound.goal), bound.moonshot > 0 ? text(bound.moonshot) : "", "", std::nullopt, std::nullopt};
    if (value) {
      goal.got = fixed(*value, decimals) + unit;
      goal.met = bound.holds(*value, bound.goal);
      if (bound.moonshot > 0) goal.met_moonshot = bound.holds(*value, bound.moonshot);
    }
    goals_.push_back(std::move(goal));
  }

  const Results& results_;
  std::vector<Goal> goals_;
};

constexpr Bound at_most(double goal, double moonshot = 0) { return {goal, moonshot, true}; }
constexpr Bound at_least(double goal, double moonshot = 0) { return {goal, moonshot, false}; }

}  // namespace

std::vector<Goal> goals_of(const Results& results) {
  Judge judge(results);
  judge.ratio("generated `add`, poll, to the line exchange", "add.poll", "floors", "line", at_most(1.25, 1.1));
  judge.faster("the same, faster than iceoryx, poll", "add.poll", "iceoryx", "add.poll", at_least(10));
  judge.faster("the same, faster than UCX active messages, poll", "add.poll", "ucx", "add.poll", at_least(1));
  judge.ratio("adaptive, back to back, to poll", "add.adaptive", "shmidl", "add.poll", at_most(1.1, 1.0));
  judge.ratio("block, both on one core, to the futex exchange there", "add.block.onecore", "floors", "futex.onecore", at_most(1.15, 1.0));
  judge.ratio("block, across cores, to the futex exchange there", "add.block", "floors", "futex.across", at_most(1.1, 1.0));
  for (const char* size : {"64k", "1m"}) {
    const std::string row = std::string("sum.") + size;
    const std::string name = size == std::string("1m") ? "1 MiB" : "64 KiB";
    judge.ratio(name + " filled in place and summed, to its floor", row + ".inplace", "floors", row + ".inplace", at_most(1.1, 1.0));
    judge.ratio(name + " from private memory, to its floor with one copy", row + ".private", "floors", row + ".private",
                at_most(1.15, 1.05));
  }
  judge.rate("oneway `log(int)`, one thread, poll", "oneway", at_least(20));
  judge.faster("the same, to the ring with a flag for each slot", "oneway", "floors", "ring.flag", at_least(0.5));
  judge.rate("pipelined `add`, poll", "pipelined", at_least(10, 15));
  judge.ratio("two threads on two connections, per call of both, to one thread", "twoconnections", "shmidl", "threads.1",
              at_most(1.1, 1.0));
  judge.scaled("memory of an idle client, both sides, 1,000 of them", "clients.1000", 1024, " KiB", at_most(64), 1);
  judge.extra("CPU time of a server with 1,000 idle clients", "clients.1000", "server_cpu_ms_per_s", " ms/s", at_most(0.1), 2);
  judge.scaled("`gen`, 100 interfaces of 10 methods", "gen", 1e9, " s", at_most(0.15, 0.08), 3, "tools");
  judge.ratio("build of a service of 3 methods, to Cap'n Proto's", "build.shmidl", "tools", "build.capnp", at_most(1.0), "tools");
  judge.scaled("the same", "build.shmidl", 1e9, " s", at_most(1.8, 1.0), 2, "tools");
  return judge.take();
}

}  // namespace shmidl::bench
