#include "driver/results.hpp"

#include "support/rows.hpp"

#include <algorithm>

namespace shmidl::bench {

namespace {

/// Chosen, not measured: between the jitter of a core that stays (up to 1.25 seen) and a move (a factor of 2 to 5).
constexpr double kMoved = 1.4;
/// Chosen, not measured: rounds whose line exchange is within this factor of the run's median ran on cores as near to each other.
constexpr double kSameLevel = 1.6;

bool within(double factor, Nanoseconds one, Nanoseconds other) { return std::max(one, other) <= factor * std::min(one, other); }

void append(std::vector<Nanoseconds>& all, const std::vector<Nanoseconds>& more) { all.insert(all.end(), more.begin(), more.end()); }

}  // namespace

bool Attempt::moved() const { return !within(kMoved, line_before, line_after); }

Series& Results::series(const std::string& contender, const std::string& row) {
  const auto found = std::find_if(series_.begin(), series_.end(),
                                  [&](const Series& series) { return series.contender == contender && series.row == row; });
  if (found != series_.end()) return *found;
  Series& added = series_.emplace_back();
  added.contender = contender;
  added.row = row;
  return added;
}

const Series* Results::find(const std::string& contender, const std::string& row) const {
  const auto found = std::find_if(series_.begin(), series_.end(),
                                  [&](const Series& series) { return series.contender == contender && series.row == row; });
  return found == series_.end() ? nullptr : &*found;
}

Nanoseconds Results::typical_line() const {
  std::vector<Nanoseconds> lines;
  for (const Series& series : series_) {
    for (const Attempt& attempt : series.attempts) lines.push_back(attempt.line());
  }
  return median(lines);
}

bool Results::counts(const Series& series, const Attempt& attempt) const {
  if (!attempt.failure.empty()) return false;
  return !exchanges_lines(series.row) || (!attempt.moved() && within(kSameLevel, attempt.line(), typical_line()));
}

Summary Results::summary(const Series& series) const {
  Summary summary;
  summary.rounds = series.attempts.size();
  for (const Attempt& attempt : series.attempts) {
    if (counts(series, attempt)) ++summary.counted;
  }
  summary.moved = summary.counted == 0;
  Samples all;
  std::vector<double> to_line;
  for (const Attempt& attempt : series.attempts) {
    if (!attempt.failure.empty()) {
      summary.failure = attempt.failure;
      continue;
    }
    if (!summary.moved && !counts(series, attempt)) continue;
    append(all.batches, attempt.samples.batches);
    append(all.singles, attempt.samples.singles);
    if (exchanges_lines(series.row)) to_line.push_back(median(attempt.samples.batches) / attempt.line());
    summary.extra = attempt.extra;
  }
  if (!all.batches.empty()) summary.failure.clear();
  summary.mean = median(all.batches);
  summary.min = quantile(all.singles, 0);
  summary.p50 = median(all.singles);
  summary.p99 = quantile(all.singles, 0.99);
  summary.p999 = quantile(all.singles, 0.999);
  summary.to_line = median(to_line);
  const std::string floor = floor_of(series.row);
  if (series.contender != "floors" && !floor.empty()) summary.to_floor = ratio(&series, find("floors", floor));
  return summary;
}

std::optional<double> Results::ratio(const Series* series, const Series* to) const {
  if (series == nullptr || to == nullptr) return std::nullopt;
  const auto ratios = [&](bool all) {
    std::vector<double> found;
    for (std::size_t i = 0; i < std::min(series->attempts.size(), to->attempts.size()); ++i) {
      const Attempt& mine = series->attempts[i];
      const Attempt& theirs = to->attempts[i];
      const bool used = all ? mine.failure.empty() && theirs.failure.empty() : counts(*series, mine) && counts(*to, theirs);
      if (used) found.push_back(median(mine.samples.batches) / median(theirs.samples.batches));
    }
    return found;
  };
  std::vector<double> found = ratios(false);
  if (found.empty()) found = ratios(true);
  if (found.empty()) return std::nullopt;
  return median(found);
}

}  // namespace shmidl::bench
