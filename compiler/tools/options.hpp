#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace shmidl::tools {

/// What a run ends with; part of the interface.
enum class Exit : int {
  done = 0,
  input_has_errors = 1,
  wrong_usage = 2,
  would_change = 3,
  cannot_read_or_write = 4,
  our_fault = 70,
};

enum class Verb { gen, check, ir, fmt, lint, explain };
enum class Format { text, json, sarif, github };

/// A command line, taken apart.
struct Options {
  Verb verb = Verb::gen;
  std::vector<std::string> files;
  std::vector<std::filesystem::path> import_directories;
  std::filesystem::path out = ".";
  std::filesystem::path base;
  std::filesystem::path depfile;
  std::filesystem::path templates;
  bool list_outputs = false;
  Format format = Format::text;
  bool check_only = false;  ///< change nothing, tell what would change
  bool show_diff = false;
  bool rewrite = false;
  std::string code;     ///< what `explain` explains
  bool colour = false;  ///< diagnostics go to a terminal that shows colours
};

/// Takes the command line apart. Where there is nothing to run, says why (help, version, wrong usage) and sets `exit`.
[[nodiscard]] std::optional<Options> parse_command_line(int argc, const char* const* argv, Exit& exit);

}  // namespace shmidl::tools
