#include "driver/rounds.hpp"

#include "driver/format.hpp"
#include "support/line.hpp"
#include "support/rows.hpp"

#include <algorithm>
#include <csignal>
#include <iomanip>
#include <ostream>
#include <set>

namespace shmidl::bench {

namespace {

/// Rows of seconds each whose figures hardly move: they have a turn in the first rounds only.
constexpr int kSlowRounds = 2;
constexpr double kStart = 0.12;  ///< of a contender, its server and two looks at the line exchange, in seconds; measured
constexpr double kSlow = 3;      ///< of a slow row, in seconds; chosen, not measured

volatile std::sig_atomic_t stopped = 0;

bool takes_part(const std::string& row, int round) { return !takes_seconds(row) || round <= kSlowRounds; }

bool has(const Contender& contender, const std::string& row) {
  return std::find(contender.rows.begin(), contender.rows.end(), row) != contender.rows.end();
}

/// All rows that anybody has, in the order of the report.
std::vector<std::string> all_rows(const std::vector<Contender>& contenders) {
  std::vector<std::string> rows;
  std::set<std::string> seen;
  const auto add = [&](const std::string& row) {
    if (!row.empty() && seen.insert(row).second) rows.push_back(row);
  };
  for (const std::string& row : call_rows()) {
    add(floor_of(row));
    add(row);
  }
  for (const Contender& contender : contenders) {
    for (const std::string& row : contender.rows) add(row);
  }
  return rows;
}

/// Runs one turn between two looks at the line exchange; `line` is the look before, and afterwards the one after.
void take_turn(const Turn& turn, const Options& options, const Cores& cores, Series& series, Nanoseconds& line) {
  Attempt attempt;
  attempt.line_before = line;
  try {
    const nlohmann::json result = run_row(*turn.contender, turn.row, cores, options.seconds);
    attempt.samples = {result.at("batches").get<std::vector<double>>(), result.at("singles").get<std::vector<double>>()};
    attempt.extra = result.at("extra");
    series.unit = result.at("unit").get<std::string>();
    series.waiting = result.at("waiting").get<std::string>();
    series.version = result.at("version").get<std::string>();
  } catch (const std::exception& error) {
    attempt.samples = {};
    attempt.failure = error.what();
  }
  line = probe_line(cores);
  attempt.line_after = line;
  series.attempts.push_back(std::move(attempt));
}

bool given_up(const Series& series) {
  return std::count_if(series.attempts.begin(), series.attempts.end(), [](const Attempt& attempt) { return !attempt.failure.empty(); }) >=
         2;
}

}  // namespace

std::vector<Turn> turns_of(const std::vector<Contender>& contenders, const Options& options) {
  const std::vector<std::string> rows = all_rows(contenders);
  std::set<std::string> floors;
  for (const std::string& row : rows) {
    const bool measured = std::any_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
      return contender.name != "floors" && options.wants_contender(contender.name) && has(contender, row);
    });
    if (measured && options.wants_row(row)) floors.insert(floor_of(row));
  }
  std::vector<Turn> turns;
  for (const std::string& row : rows) {
    for (const Contender& contender : contenders) {
      if (!has(contender, row)) continue;
      const bool wanted = options.wants_row(row) && options.wants_contender(contender.name);
      if (wanted || (contender.name == "floors" && floors.contains(row))) turns.push_back({&contender, row});
    }
  }
  return turns;
}

double seconds_of(const std::vector<Turn>& turns, const Options& options) {
  double seconds = 0;
  for (const Turn& turn : turns) {
    const int rounds = takes_seconds(turn.row) ? std::min(kSlowRounds, options.rounds) : options.rounds;
    seconds += rounds * ((takes_seconds(turn.row) ? kSlow : options.seconds) + kStart);
  }
  return seconds;
}

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Results run_rounds(const std::vector<Turn>& turns, const Options& options, const Cores& cores, std::ostream& log) {
  Results results;
  Nanoseconds line = probe_line(cores);
  const auto begin = Clock::now();
  for (int round = 1; round <= options.rounds; ++round) {
    std::size_t number = 0;
    for (const Turn& turn : turns) {
      ++number;
      if (stopped) {
        log << "stopped\n";
        return results;
      }
      Series& series = results.series(turn.contender->name, turn.row);
      if (!takes_part(turn.row, round) || given_up(series)) continue;
      take_turn(turn, options, cores, series, line);
      const Attempt& attempt = series.attempts.back();
      log << "[round " << round << '/' << options.rounds << ", " << std::setw(3) << number << '/' << turns.size() << ", " << std::setw(4)
          << static_cast<long>(since(begin) / 1e9) << " s] " << std::left << std::setw(13) << turn.contender->name << std::setw(22)
          << turn.row << std::right;
      if (attempt.failure.empty()) {
        log << std::setw(12) << with_unit(median(attempt.samples.batches), series.unit) << "   line " << microseconds(attempt.line_before)
            << ", " << microseconds(attempt.line_after) << " us"
            << (attempt.moved() && exchanges_lines(turn.row) ? "   moved, not counted" : "");
      } else {
        log << "failed: " << attempt.failure;
      }
      log << std::endl;
    }
  }
  return results;
}

}  // namespace shmidl::bench
