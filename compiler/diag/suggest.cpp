#include "diag/suggest.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace shmidl::diag {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::size_t kLongestName = 64;  // longer names are not compared: the cost is quadratic

/// Edit distance with exchanges of neighbours, on letters without case; `limit` where it is not smaller.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) >= limit) return limit;
  using Row = std::array<std::size_t, kLongestName + 1>;
  Row rows[3];
  Row *before = &rows[0], *above = &rows[1], *row = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*above)[j] = j;
  std::size_t least_above = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t least = (*row)[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      std::size_t& cell = (*row)[j] = std::min({(*above)[j] + 1, (*row)[j - 1] + 1, (*above)[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) cell = std::min(cell, (*before)[j - 2] + 1);
      least = std::min(least, cell);
    }
    if (least >= limit && least_above >= limit) return limit;  // no later row can be less
    least_above = least;
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min(limit, (*above)[b.size()]);
}

}  // namespace

std::string suggest(std::string_view typed, const std::vector<std::string>& candidates) {
  if (typed.size() > kLongestName) return {};
  std::size_t best = 1 + std::max<std::size_t>(1, typed.size() / 3);
  const std::string* result = nullptr;
  for (const std::string& candidate : candidates) {
    if (candidate == typed || candidate.size() > kLongestName) continue;
    const std::size_t d = distance(typed, candidate, best);
    if (d < best && d < candidate.size()) {
      best = d;
      result = &candidate;
    }
  }
  return result == nullptr ? std::string{} : *result;
}

}  // namespace shmidl::diag
