// Near in a process of its own, until it is killed: near_server NAME THREADS.
#include "near.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const e2e::NearServer server(argv[1], static_cast<unsigned>(std::atoi(argv[2])));
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}
