#pragma once

// A full fence in every running thread of this process, paid for by one of them.

namespace shmidl::os {

/// Whether fence_all_threads() works here. Asks the kernel once in a process.
bool can_fence_all_threads() noexcept;

/// When it returns, each thread of this process has passed a full memory fence at some point since the call.
///
/// Threads: any, after can_fence_all_threads() returned true.
/// Source:  membarrier(2), PRIVATE_EXPEDITED (Linux 4.14); about a microsecond.
void fence_all_threads() noexcept;

}  // namespace shmidl::os
