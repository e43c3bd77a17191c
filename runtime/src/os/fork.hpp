#pragma once

// Telling a forked child from its parent, without a system call.

#include <atomic>
#include <cstdint>

namespace shmidl::os {

/// A number that differs between this process and every process that it was forked from.
///
/// Shape:   one load from a page that the kernel wipes in a child (MADV_WIPEONFORK); the
///          first call in a process, or in a child, takes a new number. Never 0.
/// Threads: any.
/// Use:     an object keeps the mark of the process that made it; where the marks differ
///          the object belongs to the parent, and its destructor touches nothing.
std::uint32_t process_mark() noexcept;

/// The word in which process_mark() keeps its number, for those who look often: 0 in a child that has not asked yet. Lifetime: the process.
const std::atomic<std::uint32_t>& process_mark_word() noexcept;

}  // namespace shmidl::os
