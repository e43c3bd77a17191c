// What was measured, and the figures made of it.
#pragma once

#include "support/cores.hpp"
#include "support/samples.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace shmidl::bench {

/// One measurement of one row by one contender, between two looks at the line exchange.
struct Attempt {
  Samples samples;
  Nanoseconds line_before = 0;
  Nanoseconds line_after = 0;
  std::string failure;  ///< why there are no samples; empty: there are
  nlohmann::json extra;

  [[nodiscard]] Nanoseconds line() const { return (line_before + line_after) / 2; }
  /// Whether the host moved a core meanwhile: what was measured then is not counted.
  [[nodiscard]] bool moved() const;
};

/// All measurements of one row by one contender; an element for each round in which it was its turn.
struct Series {
  std::string contender;
  std::string row;
  std::string unit = "ns";
  std::string waiting;
  std::string version;
  std::vector<Attempt> attempts;
};

/// Figures of the attempts that count.
struct Summary {
  std::size_t counted = 0;
  std::size_t rounds = 0;
  bool moved = false;    ///< none counts: the figures are of all
  std::string failure;   ///< why there are no figures
  Nanoseconds mean = 0;  ///< of the batch in the middle
  Nanoseconds min = 0;
  Nanoseconds p50 = 0;
  Nanoseconds p99 = 0;
  Nanoseconds p999 = 0;
  double to_line = 0;              ///< 0: does not matter; the round in the middle: mean over the line exchange around it
  std::optional<double> to_floor;  ///< over the floor's mean in the same round, in the round in the middle
  nlohmann::json extra;            ///< of the last attempt that counts
};

class Results {
 public:
  /// The place for a contender's measurements of a row, made where there is none yet.
  Series& series(const std::string& contender, const std::string& row);
  [[nodiscard]] const Series* find(const std::string& contender, const std::string& row) const;
  [[nodiscard]] const std::vector<Series>& all() const noexcept { return series_; }

  /// Whether the attempt has samples and, where that matters, no core moved meanwhile and the cores were as near as in most rounds.
  [[nodiscard]] bool counts(const Series& series, const Attempt& attempt) const;
  /// The line exchange of most rounds: the host moves cores nearer to each other and apart.
  [[nodiscard]] Nanoseconds typical_line() const;
  [[nodiscard]] Summary summary(const Series& series) const;
  /// One mean over another in the same round, in the round in the middle; nothing where no round has both.
  [[nodiscard]] std::optional<double> ratio(const Series* series, const Series* to) const;

 private:
  std::vector<Series> series_;
};

}  // namespace shmidl::bench
