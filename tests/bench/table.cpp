#include "table.hpp"

#include "floors.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace shmidl::bench {

namespace {

/// Chosen, not measured: between the jitter of a core that stays (below 5 %) and a move (a factor of 2 to 5).
constexpr double kMoved = 1.25;
/// Chosen, not measured: rounds whose line exchange is within this factor of the run's median ran on cores as near to each other.
constexpr double kSameLevel = 1.6;

bool within(double factor, Nanoseconds one, Nanoseconds other) { return std::max(one, other) <= factor * std::min(one, other); }

void append(std::vector<Nanoseconds>& all, const std::vector<Nanoseconds>& more) { all.insert(all.end(), more.begin(), more.end()); }

std::string microseconds(Nanoseconds time) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(time < 10'000 ? 3 : 1) << time / 1000;
  return text.str();
}

std::string ratio(double value) {
  if (value <= 0) {
    return "";
  }
  std::ostringstream text;
  text << std::fixed << std::setprecision(value < 10 ? 2 : 0) << value << " x";
  return text.str();
}

}  // namespace

bool Round::moved() const { return !within(kMoved, line_before, line_after); }

struct Table::Summary {
  std::size_t counted = 0;
  Nanoseconds mean = 0;  ///< of the batch in the middle
  Nanoseconds min = 0;
  Nanoseconds p50 = 0;
  Nanoseconds p99 = 0;
  Nanoseconds p999 = 0;
  double to_line = 0;  ///< the round in the middle: mean over the line exchange around it
};

void Table::run_round(std::ostream& log) {
  const auto probe = [this] { return median(line_exchange(cores_, Plan::probe()).batches); };
  Nanoseconds before = probe();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    Samples samples = rows_[row].measure();
    const Nanoseconds after = probe();
    rounds_[row].push_back({std::move(samples), before, after});
    const Round& round = rounds_[row].back();
    log << std::left << std::setw(34) << rows_[row].name << std::right << std::setw(9) << microseconds(median(round.samples.batches))
        << " us   line exchange " << microseconds(before) << ", " << microseconds(after) << (round.moved() ? "   moved, not counted" : "")
        << std::endl;
    before = after;
  }
}

Nanoseconds Table::typical_line() const {
  std::vector<Nanoseconds> lines;
  for (const auto& rounds : rounds_) {
    for (const Round& round : rounds) lines.push_back(round.line());
  }
  return median(lines);
}

bool Table::counts(const Round& round) const { return !round.moved() && within(kSameLevel, round.line(), typical_line()); }

Table::Summary Table::summary(std::size_t row) const {
  Summary summary;
  Samples all;
  std::vector<double> to_line;
  for (const Round& round : rounds_[row]) {
    if (!counts(round)) continue;
    ++summary.counted;
    append(all.batches, round.samples.batches);
    append(all.singles, round.samples.singles);
    to_line.push_back(median(round.samples.batches) / round.line());
  }
  summary.mean = median(all.batches);
  summary.min = quantile(all.singles, 0);
  summary.p50 = median(all.singles);
  summary.p99 = quantile(all.singles, 0.99);
  summary.p999 = quantile(all.singles, 0.999);
  summary.to_line = median(to_line);
  return summary;
}

double Table::to_floor(std::size_t row) const {
  const auto floor = std::find_if(rows_.begin(), rows_.end(), [&](const Row& other) { return other.name == rows_[row].floor; });
  if (floor == rows_.end()) return 0;
  const std::vector<Round>& mine = rounds_[row];
  const std::vector<Round>& theirs = rounds_[static_cast<std::size_t>(floor - rows_.begin())];
  std::vector<double> ratios;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (counts(mine[i]) && counts(theirs[i])) ratios.push_back(median(mine[i].samples.batches) / median(theirs[i].samples.batches));
  }
  return median(ratios);
}

void Table::print(std::ostream& out) const {
  out << "| us | mean of 1,000 | min | p50 | p99 | p99.9 | to line exchange | to its floor | rounds counted |\n"
         "|---|---|---|---|---|---|---|---|---|\n";
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const Summary mine = summary(row);
    out << "| " << rows_[row].name << " | " << microseconds(mine.mean) << " | " << microseconds(mine.min) << " | " << microseconds(mine.p50)
        << " | " << microseconds(mine.p99) << " | " << microseconds(mine.p999) << " | " << ratio(mine.to_line) << " | "
        << ratio(to_floor(row)) << " | " << mine.counted << " of " << rounds_[row].size() << " |\n";
  }
}

}  // namespace shmidl::bench
