// Which headers of the runtime a generated header includes beside <shmidl/stub.hpp>.
#pragma once

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace shmidl::emit {

/// Adds the headers of what a declaration uses; most use none of them, and every user's compiler would read them all.
void add_headers(const nlohmann::ordered_json& declaration, std::set<std::string>& headers);

}  // namespace shmidl::emit
