#pragma once

#include "diag/sink.hpp"
#include "sema/program.hpp"

namespace shmidl::tools {

/// Reports what is allowed and seldom meant, in the files that were named on the command line.
///
/// `@SuppressWarnings(value={"const-name"})` on a declaration or a member switches a lint off below it; `"all"` switches off all.
void lint(const sema::Program& program, diag::Sink& sink);

}  // namespace shmidl::tools
