#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::model {

using Json = nlohmann::ordered_json;

/// The checked model of one file, as `shmidl ir` prints it and as every back end gets it. ir.schema.json describes it.
///
/// Nothing in it depends on the machine, the folder or the time.
[[nodiscard]] Json to_json(const sema::Unit& unit, const source::Files& files);

// The same in parts, for files whose whole model would be large.

enum class Detail {
  outline,  ///< names, types, and what is deprecated: what one declaration may have to know of the others
  full,
};
/// The file with an empty list of declarations.
[[nodiscard]] Json head(const sema::Unit& unit, const source::Files& files);
/// Hands out the declarations in their order.
void each_declaration(const sema::Unit& unit, const source::Files& files, Detail detail, const std::function<void(Json)>& take);

}  // namespace shmidl::model
