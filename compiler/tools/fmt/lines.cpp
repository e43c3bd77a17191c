#include "tools/fmt/lines.hpp"

#include <algorithm>

#include "source/utf8.hpp"

namespace shmidl::tools::fmt {
namespace {

constexpr std::size_t kTab = 4;
constexpr std::size_t kBeforeComment = 2;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The width of the blanks a line begins with; takes them away.
std::size_t take_blanks(std::string_view& line) {
  std::size_t width = 0;
  while (!line.empty() && is_space(line.front())) {
    width = line.front() == '\t' ? (width / kTab + 1) * kTab : width + 1;
    line.remove_prefix(1);
  }
  return width;
}

/// Later lines of a comment keep their place relative to its first; where each begins with `*`, the stars stand below the first one.
void print_comment(const Token& comment, std::size_t column, std::string& out) {
  std::vector<std::string_view> lines;
  for (std::string_view rest = comment.text;;) {
    const std::size_t end = rest.find('\n');
    lines.push_back(trim_end(rest.substr(0, end)));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  const bool starred = std::all_of(lines.begin() + 1, lines.end(), [](std::string_view line) {
    take_blanks(line);
    return line.starts_with('*');
  });
  out += lines.front();
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    const std::size_t width = take_blanks(*line);
    out += '\n';
    if (line->empty()) continue;
    out.append(starred ? column + 1 : column + (width > comment.column ? width - comment.column : 0), ' ');
    out += *line;
  }
}

std::size_t width_of(const Line& line) { return line.indent + source::count_code_points(line.text); }

std::size_t width_of_comments(const Line& line) {
  std::size_t width = 0;
  for (const Token* comment : line.comments) width += (width == 0 ? 0 : 1) + source::count_code_points(trim_end(comment->text));
  return width;
}

bool in_one_group(const Line& above, const Line& line) {
  return !line.comments.empty() && !line.text.empty() && !line.blank_before && line.indent == above.indent && !above.text.ends_with('{');
}

void print(const Line& line, std::size_t comment_column, std::string& out) {
  if (line.blank_before) out += '\n';
  const std::size_t line_begin = out.size();
  out.append(line.indent, ' ');
  out += line.text;
  bool first = true;
  for (const Token* comment : line.comments) {
    const std::size_t newline = out.rfind('\n');
    const std::size_t begin = std::max(line_begin, newline == std::string::npos ? 0 : newline + 1);
    std::size_t column = source::count_code_points(std::string_view{out}.substr(begin));
    const std::size_t target = line.text.empty() && first ? column : first ? comment_column : column + 1;
    out.append(target - column, ' ');
    print_comment(*comment, target, out);
    first = false;
  }
  out += '\n';
}

}  // namespace

std::string join(const std::vector<Line>& lines) {
  std::string out;
  for (auto line = lines.begin(); line != lines.end();) {
    auto group_end = line + 1;
    if (!line->comments.empty() && !line->text.empty())
      while (group_end != lines.end() && in_one_group(*(group_end - 1), *group_end)) ++group_end;
    std::size_t column = 0;
    std::size_t longest = 0;
    for (auto member = line; member != group_end; ++member) {
      column = std::max(column, width_of(*member) + kBeforeComment);
      longest = std::max(longest, width_of_comments(*member));
    }
    const bool aligned = column + longest <= kWidth;
    for (; line != group_end; ++line) print(*line, aligned ? column : width_of(*line) + kBeforeComment, out);
  }
  return out;
}

}  // namespace shmidl::tools::fmt
