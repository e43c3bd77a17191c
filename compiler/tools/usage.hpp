#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace shmidl::tools {

/// Says what is wrong with a command line, in one sentence and with what was probably meant.
[[nodiscard]] std::string explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace shmidl::tools
