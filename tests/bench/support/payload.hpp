// The bytes that the `sum` rows carry, and the work done on them: the same machine code for every contender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shmidl::bench {

/// Writes the pattern of a seed: 64 bytes, `seed % 192` to that + 63, again and again.
void fill(std::span<std::uint8_t> bytes, std::uint32_t seed);

/// The sum of all bytes, read at the speed of the vector unit.
std::uint64_t sum(std::span<const std::uint8_t> bytes);

/// What sum() gives after fill(); `size` is a multiple of 64.
std::uint64_t sum_of(std::size_t size, std::uint32_t seed);

/// Throws std::runtime_error where they differ.
void check_sum(std::uint64_t got, std::uint64_t expected);

/// The same for the answers of `add`.
void check_add(std::int64_t got, std::int64_t expected);

}  // namespace shmidl::bench
