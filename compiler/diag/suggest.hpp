#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shmidl::diag {

/// The candidate that was most likely meant by `typed`, or empty when none is near.
///
/// Near is at most one edit for every three letters (an exchange of neighbours is one edit); chosen, not measured.
[[nodiscard]] std::string suggest(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace shmidl::diag
