#pragma once

#include <iosfwd>
#include <string>

#include "tools/options.hpp"

namespace shmidl::tools {

/// Prints the paragraph of ERRORS.md about a code, in any case (`e012`, `12`), or a list of all codes where `code` is empty.
[[nodiscard]] Exit explain(const std::string& code, std::ostream& out, std::ostream& err);

}  // namespace shmidl::tools
