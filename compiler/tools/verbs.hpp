#pragma once

#include <iosfwd>

#include "tools/options.hpp"

namespace shmidl::tools {

/// Runs one verb: results go to `out`, diagnostics to `err`.
[[nodiscard]] Exit run(const Options& options, std::ostream& out, std::ostream& err);

}  // namespace shmidl::tools
