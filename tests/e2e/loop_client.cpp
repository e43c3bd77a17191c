// Calls Probe in the ways in which an event loop is called: loop_client NAME WHAT COUNT.
#include "probe.shmidl.hpp"

#include <shmidl/shmidl.hpp>

#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: loop_client NAME oneways|calls COUNT\n";
    return 2;
  }
  const auto probe = shmidl::connect<e2e::Probe>(argv[1], {.connect_timeout = 10s});
  const std::string what = argv[2];
  const int count = std::stoi(argv[3]);
  if (what == "oneways") {
    for (int i = 0; i < count; ++i) probe->count(1);
    std::cout << "sent" << std::endl;
    for (;;) ::pause();  // until it is killed
  }
  std::vector<shmidl::Future<std::int32_t>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(probe->async_add(i, 0));
  std::cout << "sent" << std::endl;
  std::int64_t sum = 0;
  for (auto& call : calls) sum += call.get();
  std::cout << sum << std::endl;
} catch (const shmidl::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
