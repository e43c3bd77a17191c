// Holds blobs: hands_holder NAME BLOB... Says the sum of the bytes of each, and keeps them until it is killed.
#include "hands.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <chrono>
#include <iostream>
#include <numeric>
#include <vector>

#include <unistd.h>

int main(int argc, char** argv) try {
  auto hands = shmidl::connect<e2e::Hands>(argv[1], {.connect_timeout = std::chrono::seconds(10)});
  std::vector<shmidl::Blob> held;
  for (int i = 2; i < argc; ++i) {
    held.push_back(hands->get(argv[i]));
    const auto bytes = held.back().as<std::uint8_t>();
    std::cout << std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}) << std::endl;
  }
  ::pause();
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
