// Hashes of histories.
#pragma once

#include <cstdint>

namespace explorer {

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  // The finaliser of splitmix64.
  std::uint64_t x = a * 0x9e37'79b9'7f4a'7c15u + b + 1;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9u;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebu;
  return x ^ (x >> 31);
}

}  // namespace explorer
