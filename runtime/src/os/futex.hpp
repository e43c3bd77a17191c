#pragma once

// Sleeping until a 32-bit word changes.
//
// Shared words lie in memory mapped by several processes; waiting on one and waking its
// sleepers both work on a read-only map. Private words save the kernel a lookup.
// Never std::atomic::wait on shared memory: libstdc++ waits on the process-private key.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <shmidl/result.hpp>

#include "os/clock.hpp"

namespace shmidl::os {

/// The kernel's view of a futex word: its address.
using Word = const std::uint32_t*;

inline Word word_of(const std::atomic<std::uint32_t>& word) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) && std::atomic<std::uint32_t>::is_always_lock_free,
                "the kernel compares the four bytes at the word's address");
  return reinterpret_cast<Word>(&word);
}

/// Why a wait ended. The caller looks at its words again in either case.
enum class Woken {
  value_changed_or_woken,  ///< a word differed, a wake, or a signal
  timed_out,               ///< the deadline passed
};

/// Sleeps while `*word == expected`, on a word shared between processes.
Woken wait(Word word, std::uint32_t expected, Deadline deadline) noexcept;

/// The same on a word of this process alone.
Woken wait_private(Word word, std::uint32_t expected, Deadline deadline) noexcept;

/// Sleeps while both words have the values expected.
///
/// Shape: where the kernel lacks futex_waitv, sleeps on the shared word alone; whoever changes the
///        private word then wakes the shared one too, and again until no sleeper is left.
Woken wait_either(Word shared_word, std::uint32_t expected, Word private_word, std::uint32_t private_expected, Deadline deadline) noexcept;

/// One of the words of wait_any().
struct Waiter {
  Word word;
  std::uint32_t expected;
  bool is_private;
};

/// The most words of one wait_any(); the kernel's FUTEX_WAITV_MAX.
inline constexpr std::size_t kMaxWaiters = 128;

/// Sleeps while all words have the values expected.
///
/// Errors: Errc::too_large above kMaxWaiters; Errc::no_resources where the kernel lacks futex_waitv.
///         No words at all: waits for the deadline.
Result<Woken> wait_any(std::span<const Waiter> waiters, Deadline deadline);

/// Whether the kernel has futex_waitv (Linux 5.16) and lets this process use it. Looked at once.
bool waitv_supported() noexcept;

inline constexpr int kWakeAll = std::numeric_limits<int>::max();

/// Wakes at most `count` sleepers and tells how many there were.
int wake(Word word, int count, bool is_private = false) noexcept;

}  // namespace shmidl::os
