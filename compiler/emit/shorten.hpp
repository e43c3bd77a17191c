#pragma once

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Writes the types of the file's own namespace without it, in what a user reads: `::demo::Image` becomes `Image`.
///
/// Only where nothing that the file declares in a class, and nothing that a class inherits, could be found under that name first.
void shorten(nlohmann::ordered_json& file);

}  // namespace shmidl::emit
