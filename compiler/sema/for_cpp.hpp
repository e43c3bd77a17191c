#pragma once

#include "diag/sink.hpp"
#include "sema/program.hpp"

namespace shmidl::sema {

/// What a program without faults still lacks before C++ can be made of its named files: an order in which their headers include each other,
/// the headers of the user's own types, and streams that stubs can carry. AIDL files may be correct without.
void check_for_cpp(const Program& program, diag::Sink& sink);

}  // namespace shmidl::sema
