#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "diag/sink.hpp"
#include "sema/program.hpp"
#include "source/files.hpp"

namespace shmidl::sema {

struct LoadOptions {
  std::vector<std::filesystem::path> import_directories;
  std::filesystem::path base;  ///< empty: each file's folder, or its package root
};

/// Reads the named files and everything that they import, directly or not.
[[nodiscard]] Program load(const std::vector<std::string>& named, const LoadOptions& options, source::Files& files, diag::Sink& sink);

}  // namespace shmidl::sema
