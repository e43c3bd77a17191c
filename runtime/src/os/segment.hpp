#pragma once

// What creating and mapping a segment share.

#include <fcntl.h>

#include <cstddef>
#include <string>

#include "os/memory.hpp"

namespace shmidl::os {

constexpr int seals_of(Sealed sealed) noexcept {
  return F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (sealed == Sealed::segment ? F_SEAL_FUTURE_WRITE : F_SEAL_WRITE);
}

inline std::string segment_of(std::size_t bytes) { return "a segment of " + std::to_string(bytes) + " bytes"; }

}  // namespace shmidl::os
