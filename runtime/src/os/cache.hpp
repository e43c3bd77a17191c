#pragma once

// What the machine says of its caches.

#include <cstddef>
#include <filesystem>

namespace shmidl::os {

/// Sizes in bytes; 0 where the machine does not tell.
struct Caches {
  std::size_t second = 0;  ///< what one core has for itself behind its first level
  std::size_t last = 0;    ///< what the cores share, if that is another level
  bool one = true;         ///< all cores share it; as far as it is told
};

/// The caches of the first core, as the kernel lists them; where it does not, as the C library does.
///
/// Shape: `folder` holds index0, index1, ..., each with `level`, `type`, `size` and `shared_cpu_list`; `online` names all cores. The C library is asked last: in a virtual machine it may
///        tell the host's third level (384 MiB were seen) where the kernel tells the guest's share (32 MiB).
Caches caches(const std::filesystem::path& folder = "/sys/devices/system/cpu/cpu0/cache",
              const std::filesystem::path& online = "/sys/devices/system/cpu/online");

/// How much memory large ranges should go round in when one core writes and another one reads: more than both cores' own caches hold, so that
/// the writer does not have to take lines back from the reader, and little enough to stay in the cache that they share.
///
/// Source: with a second level of 1 MiB and a third of 32, ranges of 64 KiB take the same time in 2 to 8 MiB and longer in less and in more; those
///         of 1 MiB are fastest in 8.
std::size_t hand_over_footprint(const Caches& caches) noexcept;

/// The same for this machine, read once.
std::size_t hand_over_footprint() noexcept;

/// Whether all cores of this machine share a cache, read once; true where it is not told.
bool cores_share_a_cache() noexcept;

}  // namespace shmidl::os
