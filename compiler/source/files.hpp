#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/span.hpp"

namespace shmidl::source {

/// A place as a reader counts it: both from 1, columns in code points.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// What is marked: at least one column, and an end of a line or of the file counts as one.
struct Extent {
  Position begin;
  Position end;
};

/// One file that was read whole, and the arithmetic from offsets to lines.
class File {
 public:
  File(std::string path, std::string text);

  /// As the user or the import search spelled it; what messages print.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] Position position(std::size_t offset) const;
  [[nodiscard]] Extent extent(Span span) const;
  /// The line alone, which takes no time where the lines are long.
  [[nodiscard]] std::size_t line_of(std::size_t offset) const;
  /// The text of a line (from 1) without its end; empty past the last line.
  [[nodiscard]] std::string_view line(std::size_t number) const;
  [[nodiscard]] std::size_t line_begin(std::size_t number) const { return line_begins_.at(number - 1); }

 private:
  std::string path_;
  std::string text_;
  [[nodiscard]] std::size_t code_points_before(std::size_t offset) const;

  std::vector<std::size_t> line_begins_;
  std::vector<std::size_t> code_points_;  ///< before each block of bytes: a column far out in a long line is found at once
};

/// What became of an attempt to read a file.
struct LoadResult {
  const File* file = nullptr;  ///< null when it could not be read
  std::uint32_t id = 0;
  bool fresh = false;  ///< read now, not before
  std::string error;   ///< why not, in the system's words
};

/// Every file of one run, each read once however often it is named.
///
/// Lifetime: files and their texts live as long as this object, at fixed addresses.
class Files {
 public:
  [[nodiscard]] LoadResult load(const std::filesystem::path& path);
  /// Takes a text that is not on disk (tests, editors).
  std::uint32_t add(std::string path, std::string text);
  [[nodiscard]] const File& at(std::uint32_t id) const { return *files_.at(id); }
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  std::vector<std::unique_ptr<File>> files_;
  std::unordered_map<std::string, std::uint32_t> by_path_;  ///< to know a file under another spelling
};

}  // namespace shmidl::source
