// How long the caller of a request waits, in the 20 bits that a cell has for it.
//
// A number of microseconds as a float: 15 bits of it, times 2 to the 5 bits above. It is rounded up, by 1/16384 at most: a callee never gives up
// before the caller does. The 12 bits below are the low ones of kAfterOneway's number: both sides know the others.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>

#include "shm/layout.hpp"

namespace shmidl::shm {

inline constexpr std::uint32_t kTimeoutShift = 12;
inline constexpr std::uint32_t kAfterMask = (1u << kTimeoutShift) - 1;
inline constexpr unsigned kTimeoutDigits = 15;
inline constexpr unsigned kTimeoutMostExponent = 31;

/// CellBody::after_or_slot of a request with kTimeout; nothing for more than two years, which a request does without.
constexpr std::optional<std::uint32_t> pack_timeout(std::chrono::nanoseconds left, std::uint32_t after) noexcept {
  using std::chrono::microseconds;
  const std::int64_t count = left <= left.zero() ? 0 : std::chrono::ceil<microseconds>(left).count();
  auto rest = static_cast<std::uint64_t>(count);
  unsigned exponent = 0;
  for (; rest >> kTimeoutDigits != 0; rest = (rest + 1) / 2) ++exponent;
  if (exponent > kTimeoutMostExponent) return std::nullopt;
  return (exponent << kTimeoutDigits | static_cast<std::uint32_t>(rest)) << kTimeoutShift | (after & kAfterMask);
}

constexpr std::chrono::microseconds unpack_timeout(std::uint32_t after_or_slot) noexcept {
  const std::uint32_t packed = after_or_slot >> kTimeoutShift;
  const std::uint64_t digits = packed & ((1u << kTimeoutDigits) - 1);
  return std::chrono::microseconds(static_cast<std::int64_t>(digits << (packed >> kTimeoutDigits)));
}

/// Callee: true if the request may begin: the caller's oneway calls that came before it have ended.
///
/// With kTimeout, 12 bits of the number are enough: the callee looks at a lane before as many more of the caller's oneway calls have ended as half
/// of what they count.
inline bool in_order(const CellBody& request, std::uint32_t oneways_done) noexcept {
  if ((request.flags & kAfterOneway) == 0) return true;
  const std::uint32_t shift = (request.flags & kTimeout) != 0 ? 32 - kTimeoutShift : 0;
  return static_cast<std::int32_t>((oneways_done - request.after_or_slot) << shift) >= 0;
}

}  // namespace shmidl::shm
