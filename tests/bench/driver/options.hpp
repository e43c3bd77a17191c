// What the command line of shmidl_bench says.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace shmidl::bench {

struct Options {
  int rounds = 9;                       ///< chosen, not measured: many and short, for the host may move a core within one
  double seconds = 0.2;                 ///< of one measurement
  std::vector<std::string> rows;        ///< shell patterns; empty: all
  std::vector<std::string> contenders;  ///< names; empty: all that are there
  std::filesystem::path out = "bench-results";
  std::filesystem::path update_readme;  ///< empty: none
  bool breakdown = false;
  bool list = false;

  /// Whether a row was asked for.
  [[nodiscard]] bool wants_row(const std::string& row) const;
  [[nodiscard]] bool wants_contender(const std::string& name) const;
};

/// Wrong usage; what() says how.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

extern const char* const kUsage;

/// Throws UsageError. `--help` gives nothing: the caller prints kUsage.
Options parse_options(const std::vector<std::string>& words);

}  // namespace shmidl::bench
