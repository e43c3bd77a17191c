// Sends oneway calls, then leaves: terms_sender NAME exit|die COUNT. Says "sent" in between.
#include "terms.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <csignal>
#include <iostream>
#include <string>

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  const auto terms = shmidl::connect<e2e::Terms>(argv[1], {.connect_timeout = std::chrono::seconds(10)});
  for (int i = 1; i <= std::stoi(argv[3]); ++i) terms->note(i);
  std::cout << "sent" << std::endl;
  if (std::string(argv[2]) == "die") std::raise(SIGKILL);
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
