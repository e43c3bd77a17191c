#pragma once

#include <nlohmann/json.hpp>

#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::model {

using Json = nlohmann::ordered_json;

/// The checked model of one file, as `shmidl ir` prints it and as every back end gets it. ir.schema.json describes it.
///
/// Nothing in it depends on the machine, the folder or the time.
[[nodiscard]] Json to_json(const sema::Unit& unit, const source::Files& files);

}  // namespace shmidl::model
