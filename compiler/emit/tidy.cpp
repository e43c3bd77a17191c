#include "emit/tidy.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

namespace shmidl::emit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// The best place to break `line` at or before `width`: after the comma that lies in the fewest brackets, the last of them; but rather
/// after the `(` of a parameter list than inside the type before it.
std::size_t break_at(std::string_view line, std::size_t from, std::size_t width) {
  std::size_t best = kNone;
  int best_depth = std::numeric_limits<int>::max();
  int depth = 0;
  std::size_t parenthesis = kNone;
  bool in_string = false;
  for (std::size_t at = from; at + 1 < line.size(); ++at) {
    const char c = line[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '(' && depth == 0 && parenthesis == kNone && at + 1 <= width) parenthesis = at + 1;
    if (c == '(' || c == '<' || c == '{') ++depth;
    if (c == ')' || c == '>' || c == '}') --depth;
    const bool comma = c == ',' && line[at + 1] == ' ';
    const bool both = c == '&' && at > 0 && line[at - 1] == '&' && line[at + 1] == ' ';
    if ((!comma && !both) || at + 1 > width || depth > best_depth) continue;
    best = at + 1;
    best_depth = depth;
  }
  const bool in_type = parenthesis != kNone && (best == kNone || best < parenthesis);
  return in_type ? parenthesis : best;
}

void add_line(std::string& out, std::string_view line, std::size_t width) {
  const std::size_t margin = std::min(line.find_first_not_of(' '), line.size());
  const std::string_view body = line.substr(margin);
  const bool whole = body.starts_with("//") || body.starts_with("#");
  std::string rest{line};
  std::size_t from = margin;
  while (!whole && rest.size() > width) {
    const std::size_t at = break_at(rest, from, width);
    if (at == kNone) break;
    out.append(rest, 0, at);
    out += '\n';
    rest = std::string(margin + 4, ' ') + rest.substr(rest[at] == ' ' ? at + 1 : at);
    from = margin + 4;
  }
  out += rest;
  out += '\n';
}

bool opens(std::string_view line) {
  return (line.ends_with('{') && !line.starts_with("namespace")) || line.ends_with("public:") || line.ends_with("private:");
}
bool closes(std::string_view line) {
  const std::size_t at = line.find_first_not_of(' ');
  return at != kNone && line[at] == '}' && line.find("// namespace") == kNone;
}

}  // namespace

std::string tidy(const std::string& text, std::size_t width) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  bool blank_waits = false;
  bool at_edge = true;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view{text}.substr(begin, end - begin);
    begin = end + 1;
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty()) {
      blank_waits = true;
      continue;
    }
    if (blank_waits && !at_edge && !closes(line)) out += '\n';
    blank_waits = false;
    at_edge = opens(line);
    add_line(out, line, width);
  }
  return out;
}

std::string indent(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::size_t stop = end == std::string::npos ? text.size() : end + 1;
    const std::string_view line = std::string_view{text}.substr(begin, stop - begin);
    if (line.find_first_not_of("\n \x01") != std::string_view::npos) out += "  ";
    out += line;
    begin = stop;
  }
  return out;
}

}  // namespace shmidl::emit
