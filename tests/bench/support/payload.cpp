#include "support/payload.hpp"

#include <array>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace shmidl::bench {

namespace {

constexpr std::size_t kPattern = 64;
constexpr std::uint32_t kSeeds = 256 - kPattern;

[[noreturn]] void wrong(const char* what, const std::string& got, const std::string& expected) {
  throw std::runtime_error(std::string("the server answered ") + what + ' ' + got + ", not " + expected);
}

}  // namespace

void fill(std::span<std::uint8_t> bytes, std::uint32_t seed) {
  std::array<std::uint8_t, kPattern> pattern;
  for (std::size_t i = 0; i < kPattern; ++i) pattern[i] = static_cast<std::uint8_t>(seed % kSeeds + i);
  std::size_t at = 0;
  for (; at + kPattern <= bytes.size(); at += kPattern) std::memcpy(bytes.data() + at, pattern.data(), kPattern);
  std::memcpy(bytes.data() + at, pattern.data(), bytes.size() - at);
}

std::uint64_t sum(std::span<const std::uint8_t> bytes) {
  std::uint64_t total = 0;
  std::size_t at = 0;
#if defined(__SSE2__)
  // g++ 12 turns the plain loop into code six times slower than the memory.
  const __m128i zero = _mm_setzero_si128();
  __m128i sums[4] = {zero, zero, zero, zero};
  for (; at + 64 <= bytes.size(); at += 64) {
    for (std::size_t i = 0; i < std::size(sums); ++i) {
      __m128i some;
      std::memcpy(&some, bytes.data() + at + 16 * i, sizeof some);
      sums[i] = _mm_add_epi64(sums[i], _mm_sad_epu8(some, zero));
    }
  }
  for (const __m128i& some : sums) {
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &some, sizeof some);
    total += halves[0] + halves[1];
  }
#endif
  for (; at < bytes.size(); ++at) total += bytes[at];
  return total;
}

std::uint64_t sum_of(std::size_t size, std::uint32_t seed) {
  return std::uint64_t{size} * (seed % kSeeds) + std::uint64_t{size} / kPattern * (kPattern * (kPattern - 1) / 2);
}

void check_sum(std::uint64_t got, std::uint64_t expected) {
  if (got != expected) wrong("the sum", std::to_string(got), std::to_string(expected));
}

void check_add(std::int64_t got, std::int64_t expected) {
  if (got != expected) wrong("add", std::to_string(got), std::to_string(expected));
}

}  // namespace shmidl::bench
