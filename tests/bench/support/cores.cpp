#include "support/cores.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sched.h>

namespace shmidl::bench {

namespace {

/// Asked once, before anything is pinned.
std::vector<int> ask_allowed() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  }
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<unsigned>(core), &allowed)) cores.push_back(core);
  }
  return cores;
}

}  // namespace

std::vector<int> allowed_cores() {
  static const std::vector<int> cores = ask_allowed();
  return cores;
}

Cores two_cores() {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) {
    throw std::runtime_error("two cores are needed, this process may use one");
  }
  return {cores[0], cores[1]};
}

int client_core(const Cores& cores, std::size_t index) {
  std::vector<int> spare = allowed_cores();
  std::erase(spare, cores.client);
  std::erase(spare, cores.server);
  return index == 0 || spare.empty() ? cores.client : spare[(index - 1) % spare.size()];
}

void pin(int core) {
  static_cast<void>(allowed_cores());
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(core), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot run on core " + std::to_string(core));
  }
}

}  // namespace shmidl::bench
