// Calls Probe: probe_client NAME WAIT COUNT adds up COUNT times and prints the sum; a COUNT of 0 goes on until it is killed.
#include "probe.shmidl.hpp"
#include "words.hpp"

#include <iostream>
#include <vector>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: probe_client NAME WAIT COUNT\n";
    return 2;
  }
  const auto probe = shmidl::connect<e2e::Probe>(argv[1], {.wait = e2e::wait_from(argv[2]), .connect_timeout = 10s});
  const std::vector<std::uint8_t> bytes(200'000, 1);
  const long count = std::stol(argv[3]);
  if (count == 0) {
    std::cout << "calling" << std::endl;
    for (;;) {
      probe->sum(bytes);
      probe->note("still here");
      probe->add(1, 2);
    }
  }
  std::int32_t sum = 0;
  for (long i = 0; i < count; ++i) {
    sum = probe->add(sum, 1);
  }
  std::cout << sum << std::endl;
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
