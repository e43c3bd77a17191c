// The seam of instrumented builds: what production code does inline goes past a hook here. Not part of the installed library.
#include <cstring>

#include <shmidl/stub/access.hpp>

#include "shm/access.hpp"

namespace shmidl::shm {

std::atomic<HookedAccess::Hook> HookedAccess::hook{nullptr};
std::atomic<HookedAccess::Change> HookedAccess::change{nullptr};

}  // namespace shmidl::shm

namespace shmidl::stub {

using shm::HookedAccess;

void write_shared(void* to, const void* from, std::size_t bytes) noexcept {
  HookedAccess::before(HookedAccess::Kind::write, to, bytes);
  std::memcpy(to, from, bytes);
}

void zero_shared(void* to, std::size_t bytes) noexcept {
  HookedAccess::before(HookedAccess::Kind::write, to, bytes);
  std::memset(to, 0, bytes);
}

}  // namespace shmidl::stub
