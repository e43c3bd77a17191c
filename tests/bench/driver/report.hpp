// The results as JSON, as Markdown tables, and as plots.
#pragma once

#include "driver/contenders.hpp"
#include "driver/options.hpp"
#include "driver/results.hpp"

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace shmidl::bench {

/// What ran where; for the head of every report.
struct Setting {
  Cores cores{};
  int rounds = 0;
  double seconds = 0;
  std::string machine;  ///< processor, number of cores, kernel, whether virtual
  std::string compiler;
};

Setting setting_of(const Options& options, const Cores& cores);

/// Everything: {"setting", "goals", "summary": [...], "raw": [...]}.
nlohmann::json to_json(const Setting& setting, const std::vector<Contender>& contenders, const Results& results);

/// The tables, goals first.
std::string to_markdown(const Setting& setting, const std::vector<Contender>& contenders, const Results& results);

/// Replaces what stands between the two markers of a Markdown file; throws std::runtime_error where they are not there.
void update_between_markers(const std::filesystem::path& file, const std::string& tables);

/// Writes data files and gnuplot scripts into a folder, and runs gnuplot on them for SVG; a word to `log` where it is not installed.
void write_plots(const std::filesystem::path& folder, const Results& results, std::ostream& log);

}  // namespace shmidl::bench
