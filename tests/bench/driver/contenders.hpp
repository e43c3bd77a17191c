// The contenders beside the driver, and runs of them.
#pragma once

#include "support/cores.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace shmidl::bench {

/// A program that measures rows; support/contender.hpp says how.
struct Contender {
  std::string name;
  std::filesystem::path program;
  std::vector<std::string> rows;
  std::string failure;  ///< why there are no rows; empty: there are
};

/// What a program printed and how it ended.
struct Outcome {
  int status = 0;  ///< exit status, or 128 + the signal
  std::string out;
  std::string err;
};

/// Runs a program to its end, or kills it and what it started after the time.
Outcome run_program(const std::vector<std::string>& command, std::chrono::seconds patience);

/// All programs `bench_*` in a folder, by name, the floors first and shmidl second, each with its rows.
std::vector<Contender> find_contenders(const std::filesystem::path& folder);

/// Measures one row; what the contender printed, or throws std::runtime_error with its reason.
nlohmann::json run_row(const Contender& contender, const std::string& row, const Cores& cores, double seconds);

}  // namespace shmidl::bench
