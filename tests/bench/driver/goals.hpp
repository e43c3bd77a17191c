// What shmidl is to reach, and whether it did.
#pragma once

#include "driver/results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace shmidl::bench {

/// A goal and what this run says of it.
struct Goal {
  std::string work;
  std::string goal;
  std::string moonshot;     ///< empty: none
  std::string got;          ///< empty: not measured
  std::optional<bool> met;  ///< nothing: not measured
  std::optional<bool> met_moonshot;
};

std::vector<Goal> goals_of(const Results& results);

}  // namespace shmidl::bench
