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

bool Round::moved() const { return std::max(line_before, line_after) > kMoved * std::min(line_before, line_after); }

struct Table::Summary {
  std::size_t counted = 0;
  std::size_t moved = 0;
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

Table::Summary Table::summary(std::size_t row) const {
  Summary summary;
  Samples all;
  std::vector<double> ratios;
  for (const Round& round : rounds_[row]) {
    if (round.moved()) {
      ++summary.moved;
      continue;
    }
    ++summary.counted;
    append(all.batches, round.samples.batches);
    append(all.singles, round.samples.singles);
    ratios.push_back(median(round.samples.batches) / round.line());
  }
  summary.mean = median(all.batches);
  summary.min = quantile(all.singles, 0);
  summary.p50 = median(all.singles);
  summary.p99 = quantile(all.singles, 0.99);
  summary.p999 = quantile(all.singles, 0.999);
  summary.to_line = median(ratios);
  return summary;
}

void Table::print(std::ostream& out) const {
  out << "| us | mean of 1,000 | min | p50 | p99 | p99.9 | to line exchange | to its floor | rounds counted |\n"
         "|---|---|---|---|---|---|---|---|---|\n";
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const Summary mine = summary(row);
    std::string to_floor;
    for (std::size_t other = 0; other < rows_.size(); ++other) {
      if (rows_[other].name == rows_[row].floor && summary(other).mean > 0) {
        to_floor = ratio(mine.mean / summary(other).mean);
      }
    }
    out << "| " << rows_[row].name << " | " << microseconds(mine.mean) << " | " << microseconds(mine.min) << " | " << microseconds(mine.p50)
        << " | " << microseconds(mine.p99) << " | " << microseconds(mine.p999) << " | " << ratio(mine.to_line) << " | " << to_floor << " | "
        << mine.counted << " of " << mine.counted + mine.moved << " |\n";
  }
}

}  // namespace shmidl::bench
