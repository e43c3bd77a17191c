#include "diag/suggest.hpp"

#include <algorithm>
#include <cctype>

namespace shmidl::diag {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Edit distance with exchanges of neighbours, on letters without case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string suggest(std::string_view typed, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestName = 64;  // longer names are not compared: the cost is quadratic
  if (typed.size() > kLongestName) return {};
  std::size_t best = 1 + std::max<std::size_t>(1, typed.size() / 3);
  std::string result;
  for (const std::string& candidate : candidates) {
    if (candidate == typed || candidate.size() > kLongestName) continue;
    const std::size_t d = distance(typed, candidate);
    if (d < best && d < candidate.size()) {
      best = d;
      result = candidate;
    }
  }
  return result;
}

}  // namespace shmidl::diag
