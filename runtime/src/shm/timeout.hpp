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

/// CellBody::after_or_slot of a request with kTimeout; nothing for more than two years, which a request does without.
constexpr std::optional<std::uint32_t> pack_timeout(std::chrono::nanoseconds left, std::uint32_t after) noexcept {
  using std::chrono::microseconds;
  const std::int64_t count = left <= left.zero() ? 0 : std::chrono::ceil<microseconds>(left).count();
  const auto bits = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(count)));
  const unsigned exponent = bits > kTimeoutDigits ? bits - kTimeoutDigits : 0;
  // Rounded up, they may be one digit more: a one, and zeros.
  const std::uint64_t digits = (static_cast<std::uint64_t>(count) + (std::uint64_t{1} << exponent) - 1) >> exponent;
  const bool carries = digits >> kTimeoutDigits != 0;
  const std::uint64_t packed = carries ? std::uint64_t{exponent + 1} << kTimeoutDigits | digits / 2 : std::uint64_t{exponent} << kTimeoutDigits | digits;
  if (packed >> (kTimeoutDigits + 5) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(packed << kTimeoutShift) | (after & kAfterMask);
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
