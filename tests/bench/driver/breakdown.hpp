// What the parts of a small call cost: the rows of bench_steps, each with one part more, between the line exchange and the real call.
#pragma once

#include "driver/options.hpp"
#include "driver/results.hpp"

#include <string>

namespace shmidl::bench {

/// The same options, for the rows of the breakdown alone.
Options breakdown_options(const Options& options);

/// A line for each step: its time, what it adds to the step before in the same round, and its ratio to the line exchange.
std::string breakdown_table(const Results& results);

}  // namespace shmidl::bench
