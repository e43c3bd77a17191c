// Figures as text.
#pragma once

#include "support/samples.hpp"

#include <optional>
#include <string>

namespace shmidl::bench {

/// Microseconds with three digits that say something.
std::string microseconds(Nanoseconds time);

/// A mean with its unit: "1.61 us", "12.5 ms", "5.2 ms/s" (of CPU time), "4.1 MiB".
std::string with_unit(double value, const std::string& unit);

/// "1.23 x"; empty where there is none.
std::string times(std::optional<double> ratio);

/// A rate in millions a second, of a time for each.
std::string millions(Nanoseconds each);

/// A number with so many decimals.
std::string fixed(double value, int decimals);

}  // namespace shmidl::bench
