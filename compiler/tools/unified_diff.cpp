#include "tools/unified_diff.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace shmidl::tools {
namespace {

constexpr std::size_t kContext = 3;
/// Past so many changed lines the search for the shortest script ends and the rest is shown as replaced. Chosen, not measured.
constexpr std::ptrdiff_t kMostEdits = 2000;

using Lines = std::vector<std::string_view>;

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

struct Edit {
  char mark;  ///< ' ', '-' or '+'
  std::string_view line;
};

/// Myers, An O(ND) difference algorithm (1986): the shortest script, found along diagonals.
class Script {
 public:
  Script(const Lines& left, const Lines& right) : left_(left), right_(right) {}

  std::vector<Edit> edits() {
    const auto n = static_cast<std::ptrdiff_t>(left_.size());
    const auto m = static_cast<std::ptrdiff_t>(right_.size());
    const std::ptrdiff_t most = std::min(n + m, kMostEdits);
    std::vector<std::ptrdiff_t> reach(static_cast<std::size_t>(2 * most + 3), 0);
    const auto at = [&](std::ptrdiff_t k) -> std::ptrdiff_t& { return reach[static_cast<std::size_t>(k + most + 1)]; };
    std::vector<std::vector<std::ptrdiff_t>> trace;
    for (std::ptrdiff_t d = 0; d <= most; ++d) {
      std::vector<std::ptrdiff_t> row;
      for (std::ptrdiff_t k = -d - 1; k <= d + 1; ++k) row.push_back(at(std::clamp(k, -most - 1, most + 1)));
      trace.push_back(std::move(row));
      for (std::ptrdiff_t k = -d; k <= d; k += 2) {
        std::ptrdiff_t x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
        while (x < n && x - k < m && left_[static_cast<std::size_t>(x)] == right_[static_cast<std::size_t>(x - k)]) ++x;
        at(k) = x;
        if (x >= n && x - k >= m) return walk_back(trace, n, m);
      }
    }
    return replace_all();
  }

 private:
  std::vector<Edit> walk_back(const std::vector<std::vector<std::ptrdiff_t>>& trace, std::ptrdiff_t x, std::ptrdiff_t y) const {
    std::vector<Edit> result;
    for (auto d = static_cast<std::ptrdiff_t>(trace.size()) - 1; d >= 0; --d) {
      const std::vector<std::ptrdiff_t>& row = trace[static_cast<std::size_t>(d)];
      const auto at = [&](std::ptrdiff_t k) { return row[static_cast<std::size_t>(k + d + 1)]; };
      const std::ptrdiff_t k = x - y;
      const std::ptrdiff_t from = k == -d || (k != d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
      const std::ptrdiff_t from_x = d == 0 ? 0 : at(from);
      const std::ptrdiff_t from_y = d == 0 ? 0 : from_x - from;
      for (; x > from_x && y > from_y; --x, --y) result.push_back({' ', left_[static_cast<std::size_t>(x - 1)]});
      if (d == 0) break;
      if (from == k + 1)
        result.push_back({'+', right_[static_cast<std::size_t>(--y)]});
      else
        result.push_back({'-', left_[static_cast<std::size_t>(--x)]});
    }
    std::reverse(result.begin(), result.end());
    return result;
  }

  [[nodiscard]] std::vector<Edit> replace_all() const {
    std::vector<Edit> result;
    for (const std::string_view line : left_) result.push_back({'-', line});
    for (const std::string_view line : right_) result.push_back({'+', line});
    return result;
  }

  const Lines& left_;
  const Lines& right_;
};

std::string range(std::size_t begin, std::size_t count) {
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

void print(const Edit& edit, std::string& out) {
  out += edit.mark;
  out += edit.line;
  if (!edit.line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

}  // namespace

std::string unified_diff(std::string_view old_text, std::string_view new_text, const std::string& old_name, const std::string& new_name) {
  if (old_text == new_text) return {};
  const Lines left = split(old_text);
  const Lines right = split(new_text);
  const std::vector<Edit> edits = Script(left, right).edits();
  std::string out = "--- " + old_name + "\n+++ " + new_name + "\n";
  std::size_t left_at = 0;
  std::size_t right_at = 0;
  for (std::size_t at = 0; at < edits.size();) {
    const auto changed = std::find_if(edits.begin() + static_cast<std::ptrdiff_t>(at), edits.end(), [](const Edit& e) { return e.mark != ' '; });
    if (changed == edits.end()) break;
    const auto first = static_cast<std::size_t>(changed - edits.begin());
    const std::size_t begin = first - std::min(kContext, first - at);
    left_at += begin - at;
    right_at += begin - at;
    std::size_t end = first;
    for (std::size_t next = first; next < edits.size() && next - end <= 2 * kContext; ++next)
      if (edits[next].mark != ' ') end = next + 1;
    end = std::min(edits.size(), end + kContext);
    std::size_t lefts = 0;
    std::size_t rights = 0;
    std::string body;
    for (std::size_t index = begin; index < end; ++index) {
      if (edits[index].mark != '+') ++lefts;
      if (edits[index].mark != '-') ++rights;
      print(edits[index], body);
    }
    out += "@@ -" + range(left_at, lefts) + " +" + range(right_at, rights) + " @@\n" + body;
    left_at += lefts;
    right_at += rights;
    at = end;
  }
  return out;
}

}  // namespace shmidl::tools
