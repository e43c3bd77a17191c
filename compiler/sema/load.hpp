#pragma once

#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "sema/find_import.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::sema {

/// Reads the named files, what they import, and what lies behind the types that they use.
///
/// An .idl file brings all that it imports. Of an imported .aidl file only what is needed counts: its own imports are read when a type of
/// the file is used, and then only those that the file makes use of.
[[nodiscard]] Program load(const std::vector<std::string>& named, const LoadOptions& options, source::Files& files, diag::Sink& sink);

/// Whether the name of a file that was named says which dialect it holds; if not, this was reported. A folder is told when it is read.
[[nodiscard]] bool says_dialect(const std::string& path, diag::Sink& sink);

}  // namespace shmidl::sema
