#include "os/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "os/failure.hpp"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

namespace shmidl::os {

namespace {

// On machines of 32 bits the old system call counts in seconds of 32 bits.
#if defined(SYS_futex_time64) && !defined(__LP64__)
constexpr long kFutexCall = SYS_futex_time64;
#else
constexpr long kFutexCall = SYS_futex;
#endif

// struct futex_waitv of the kernel, which the headers of older systems lack.
struct WaitEntry {
  std::uint64_t expected;
  std::uint64_t address;
  std::uint32_t flags;
  std::uint32_t reserved;
};
static_assert(sizeof(WaitEntry) == 24, "the kernel's layout");

constexpr std::uint32_t kSize32 = 0x02;

WaitEntry entry_of(Word word, std::uint32_t expected, bool is_private) noexcept {
  return {expected, reinterpret_cast<std::uintptr_t>(word), kSize32 | (is_private ? FUTEX_PRIVATE_FLAG : 0U), 0};
}

// EAGAIN (the value differs already) and EINTR are answers; so is anything unforeseen: the caller looks again.
Woken woken_of(long result) noexcept { return result < 0 && errno == ETIMEDOUT ? Woken::timed_out : Woken::value_changed_or_woken; }

Woken wait_one(Word word, std::uint32_t expected, Deadline deadline, int private_flag) noexcept {
  KernelTime at{};
  if (!deadline.is_never()) at = to_kernel_time(deadline.at);
  // With a bit set the time is a point, not a length; without FUTEX_CLOCK_REALTIME it is CLOCK_MONOTONIC's.
  return woken_of(::syscall(kFutexCall, word, FUTEX_WAIT_BITSET | private_flag, expected, deadline.is_never() ? nullptr : &at, nullptr,
                            FUTEX_BITSET_MATCH_ANY));
}

Woken wait_entries(const WaitEntry* entries, std::size_t count, Deadline deadline) noexcept {
  KernelTime at{};
  if (!deadline.is_never()) at = to_kernel_time(deadline.at);
  return woken_of(
      ::syscall(SYS_futex_waitv, entries, static_cast<unsigned>(count), 0U, deadline.is_never() ? nullptr : &at, CLOCK_MONOTONIC));
}

}  // namespace

Woken wait(Word word, std::uint32_t expected, Deadline deadline) noexcept { return wait_one(word, expected, deadline, 0); }

Woken wait_private(Word word, std::uint32_t expected, Deadline deadline) noexcept {
  return wait_one(word, expected, deadline, FUTEX_PRIVATE_FLAG);
}

Woken wait_either(Word shared_word, std::uint32_t expected, Word private_word, std::uint32_t private_expected, Deadline deadline) noexcept {
  if (!waitv_supported()) return wait(shared_word, expected, deadline);
  const std::array<WaitEntry, 2> entries{entry_of(shared_word, expected, false), entry_of(private_word, private_expected, true)};
  return wait_entries(entries.data(), entries.size(), deadline);
}

Result<Woken> wait_any(std::span<const Waiter> waiters, Deadline deadline) {
  if (waiters.size() > kMaxWaiters)
    return Error{Errc::too_large,
                 "cannot wait for " + std::to_string(waiters.size()) + " words at once; the kernel takes " + std::to_string(kMaxWaiters)};
  if (waiters.empty()) {
    const std::uint32_t never_changes = 0;
    while (!deadline.expired()) wait_private(&never_changes, 0, deadline);
    return Woken::timed_out;
  }
  if (!waitv_supported()) return failure(ENOSYS, "wait for several words", "needs futex_waitv (Linux 5.16)");
  std::array<WaitEntry, kMaxWaiters> entries;
  for (std::size_t i = 0; i < waiters.size(); ++i) entries[i] = entry_of(waiters[i].word, waiters[i].expected, waiters[i].is_private);
  return wait_entries(entries.data(), waiters.size(), deadline);
}

bool waitv_supported() noexcept {
  // No words at all are EINVAL where the call exists; ENOSYS or a filter's EPERM where it does not.
  static const bool supported = ::syscall(SYS_futex_waitv, nullptr, 0U, 0U, nullptr, CLOCK_MONOTONIC) < 0 && errno == EINVAL;
  return supported;
}

int wake(Word word, int count, bool is_private) noexcept {
  const long woken = ::syscall(kFutexCall, word, FUTEX_WAKE | (is_private ? FUTEX_PRIVATE_FLAG : 0), count, nullptr, nullptr, 0);
  return woken < 0 ? 0 : static_cast<int>(woken);
}

}  // namespace shmidl::os
