// Rounds: every row of every contender once in each, in turns.
#pragma once

#include "driver/contenders.hpp"
#include "driver/options.hpp"
#include "driver/results.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace shmidl::bench {

/// One row of one contender.
struct Turn {
  const Contender* contender;
  std::string row;
};

/// The turns of one round: rows in the order of the report, each floor just before the first row that it is compared with;
/// within a row the contenders in turns. Floors of wanted rows come along.
std::vector<Turn> turns_of(const std::vector<Contender>& contenders, const Options& options);

/// How long all rounds take, about.
double seconds_of(const std::vector<Turn>& turns, const Options& options);

/// Makes SIGINT and SIGTERM end the rounds after the turn under way; what was measured is reported.
void stop_on_signals();

/// Measures; a line for each turn to `log`. A row that failed twice is not tried again.
Results run_rounds(const std::vector<Turn>& turns, const Options& options, const Cores& cores, std::ostream& log);

}  // namespace shmidl::bench
