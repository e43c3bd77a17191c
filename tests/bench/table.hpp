// Rounds of measurements, each between two looks at the line exchange, and the table made of them.
#pragma once

#include "cores.hpp"
#include "samples.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace shmidl::bench {

/// One line of the table.
struct Row {
  std::string name;
  std::string floor;  ///< the row that this one is compared with besides the line exchange; empty: none
  std::function<Samples()> measure;
};

/// One measurement of one row.
struct Round {
  Samples samples;
  Nanoseconds line_before;
  Nanoseconds line_after;

  [[nodiscard]] Nanoseconds line() const { return (line_before + line_after) / 2; }
  /// Whether the host moved a core meanwhile: what was measured then is not counted.
  [[nodiscard]] bool moved() const;
};

class Table {
 public:
  Table(Cores cores, std::vector<Row> rows) : cores_(cores), rows_(std::move(rows)), rounds_(rows_.size()) {}

  /// Measures every row once, in order; `log` gets a word for each.
  void run_round(std::ostream& log);

  /// Prints figures of the rounds in which the line exchange stayed where it was, and where it is in most rounds.
  void print(std::ostream& out) const;

 private:
  struct Summary;
  /// The line exchange of most rounds: the host moves cores nearer to each other and apart.
  [[nodiscard]] Nanoseconds typical_line() const;
  [[nodiscard]] bool counts(const Round& round) const;
  [[nodiscard]] Summary summary(std::size_t row) const;
  /// The row's mean over its floor's, in the round in the middle; 0: no floor, or no round in which both count.
  [[nodiscard]] double to_floor(std::size_t row) const;

  Cores cores_;
  std::vector<Row> rows_;
  std::vector<std::vector<Round>> rounds_;  ///< per row
};

}  // namespace shmidl::bench
