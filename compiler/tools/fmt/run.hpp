#pragma once

#include <iosfwd>

#include "tools/options.hpp"

namespace shmidl::tools::fmt {

/// The verb `fmt`: prints, compares or rewrites files. A file that does not parse is reported and left alone.
[[nodiscard]] Exit run(const Options& options, std::ostream& out, std::ostream& err);

}  // namespace shmidl::tools::fmt
