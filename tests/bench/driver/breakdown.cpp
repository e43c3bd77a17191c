#include "driver/breakdown.hpp"

#include "driver/format.hpp"

#include <array>

namespace shmidl::bench {

namespace {

struct Step {
  const char* contender;
  const char* row;
  const char* what;
};

constexpr std::array<Step, 8> kSteps{{
    {"floors", "line", "line exchange: one word each way"},
    {"floors", "line56", "56 bytes each way in the same two lines"},
    {"steps", "step.1.cells", "cells in two segments, one for each writer; arguments and result in them"},
    {"steps", "step.2.header", "header, private copy of the cell, checks of each field"},
    {"steps", "step.3.dispatch", "method by its number, virtual calls on both sides"},
    {"steps", "step.4.lanes", "a lane taken and given back, `started`"},
    {"steps", "step.5.waiting", "fence, and a look whether the other side sleeps, on both sides"},
    {"shmidl", "add.poll", "the real call, polling: which leaves out the step before where both sides poll"},
}};

/// The difference to another row in the round in the middle.
Nanoseconds added(const Results& results, const Series& series, const Series& before) {
  std::vector<Nanoseconds> differences;
  for (std::size_t i = 0; i < std::min(series.attempts.size(), before.attempts.size()); ++i) {
    const Attempt& mine = series.attempts[i];
    const Attempt& theirs = before.attempts[i];
    if (results.counts(series, mine) && results.counts(before, theirs))
      differences.push_back(median(mine.samples.batches) - median(theirs.samples.batches));
  }
  return median(differences);
}

}  // namespace

Options breakdown_options(const Options& options) {
  Options changed = options;
  changed.rows.clear();
  changed.contenders = {"floors", "shmidl", "steps"};
  for (const Step& step : kSteps) changed.rows.emplace_back(step.row);
  return changed;
}

std::string breakdown_table(const Results& results) {
  std::string text = "| with | ns | more than the line before | to line exchange | rounds counted |\n|---|---|---|---|---|\n";
  const Series* before = nullptr;
  const Series* line = results.find("floors", "line");
  for (const Step& step : kSteps) {
    const Series* series = results.find(step.contender, step.row);
    if (series == nullptr) continue;
    const Summary summary = results.summary(*series);
    if (!summary.failure.empty()) {
      text += "| " + std::string(step.what) + " | failed: " + summary.failure + " | | | |\n";
      continue;
    }
    text += "| " + std::string(step.what) + " | " + fixed(summary.mean, 1) + " | " +
            (before ? fixed(added(results, *series, *before), 1) : "") + " | " + times(results.ratio(series, line)) + " | " +
            std::to_string(summary.counted) + " of " + std::to_string(summary.rounds) + " |\n";
    before = series;
  }
  return text;
}

}  // namespace shmidl::bench
