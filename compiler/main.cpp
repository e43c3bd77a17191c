#include <exception>
#include <iostream>

#include "tools/options.hpp"
#include "tools/verbs.hpp"

int main(int argc, char** argv) {
  using shmidl::tools::Exit;
  try {
    std::ios::sync_with_stdio(false);
    Exit exit = Exit::done;
    if (const auto options = shmidl::tools::parse_command_line(argc, argv, exit)) exit = shmidl::tools::run(*options, std::cout, std::cerr);
    return static_cast<int>(exit);
  } catch (const std::exception& fault) {
    std::cerr << "shmidl: a fault of the compiler itself, please report it: " << fault.what() << '\n';
    return static_cast<int>(Exit::our_fault);
  }
}
