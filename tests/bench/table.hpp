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

  /// Prints figures of the rounds in which the line exchange stayed where it was.
  void print(std::ostream& out) const;

 private:
  struct Summary;
  [[nodiscard]] Summary summary(std::size_t row) const;

  Cores cores_;
  std::vector<Row> rows_;
  std::vector<std::vector<Round>> rounds_;  ///< per row
};

}  // namespace shmidl::bench
