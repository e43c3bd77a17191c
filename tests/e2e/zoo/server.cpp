// A Zoo in a process of its own, until it is killed: zoo_server NAME. zoo_server_old: with the version of before.
#include "zoo.hpp"

#include <cstdio>

#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const e2e::ZooServer server(argv[1]);
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}
