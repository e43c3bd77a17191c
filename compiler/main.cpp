#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "tools/options.hpp"
#include "tools/verbs.hpp"

namespace {

/// NO_COLOR (no-color.org) wins over CLICOLOR_FORCE, which wins over what standard error is.
bool wants_colour() {
  const auto set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (set("NO_COLOR")) return false;
  if (set("CLICOLOR_FORCE") && std::getenv("CLICOLOR_FORCE") != std::string_view{"0"}) return true;
  const char* const terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (terminal == nullptr || terminal != std::string_view{"dumb"});
}

}  // namespace

int main(int argc, char** argv) {
  using shmidl::tools::Exit;
  try {
    std::ios::sync_with_stdio(false);
    Exit exit = Exit::done;
    if (auto options = shmidl::tools::parse_command_line(argc, argv, exit)) {
      options->colour = wants_colour();
      exit = shmidl::tools::run(*options, std::cout, std::cerr);
    }
    if (!std::cout.flush()) {
      std::cerr << "shmidl: standard output cannot be written\n";
      exit = Exit::cannot_read_or_write;
    }
    return static_cast<int>(exit);
  } catch (const std::exception& fault) {
    std::cerr << "shmidl: a fault of the compiler itself, please report it: " << fault.what() << '\n';
    return static_cast<int>(Exit::our_fault);
  }
}
