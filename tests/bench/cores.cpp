#include "cores.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sched.h>

namespace shmidl::bench {

Cores two_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  }
  int first = -1;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(static_cast<unsigned>(core), &allowed)) {
      continue;
    }
    if (first >= 0) {
      return {first, core};
    }
    first = core;
  }
  throw std::runtime_error("two cores are needed, this process may use one");
}

void pin(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(core), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot run on core " + std::to_string(core));
  }
}

}  // namespace shmidl::bench
