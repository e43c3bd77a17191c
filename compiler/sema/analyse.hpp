#pragma once

#include "diag/sink.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::sema {

/// Turns what was typed into what it means. Where `sink` got an error, the program is not fit for output.
void analyse(Program& program, const source::Files& files, diag::Sink& sink);

}  // namespace shmidl::sema
