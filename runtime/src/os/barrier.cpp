#include "os/barrier.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace shmidl::os {

namespace {
bool call(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }
}  // namespace

bool can_fence_all_threads() noexcept {
  static const bool registered = call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  return registered;
}

void fence_all_threads() noexcept {
  // A forked child whose kernel did not hand the registration on registers anew.
  while (!call(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

}  // namespace shmidl::os
