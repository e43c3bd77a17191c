#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace shmidl::emit {

/// One file to be written.
struct Output {
  std::filesystem::path path;
  std::string text;
};

/// Why a set of files could not be written, and which of them failed; empty when it worked.
struct WriteFault {
  std::filesystem::path path;
  std::string reason;
};

/// Writes all files or none.
///
/// A file that already holds its text is not touched. Each new text goes to a file of another name in the same folder first; the names are
/// changed only after all texts are on disk.
[[nodiscard]] WriteFault write_all(const std::vector<Output>& outputs);

/// The text of a make rule: all `outputs` depend on all `inputs`.
[[nodiscard]] std::string depfile(const std::vector<std::filesystem::path>& outputs, const std::vector<std::string>& inputs);

}  // namespace shmidl::emit
