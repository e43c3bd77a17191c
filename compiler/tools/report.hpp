#pragma once

#include <iosfwd>

#include "diag/sink.hpp"
#include "source/files.hpp"

namespace shmidl::tools {

/// Prints what a person reads, the first hundred of it; how many more there are is counted.
void report_text(const diag::Sink& sink, const source::Files& files, bool colour, std::ostream& err);

}  // namespace shmidl::tools
