#include "emit/tidy.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace shmidl::emit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// The best place to break `line` at or before `room`: after the comma that lies in the fewest brackets, the last of them; but rather
/// after the `(` of a parameter list, or the `=` of a value, than inside the type before it.
std::size_t break_at(std::string_view line, std::size_t room) {
  std::size_t best = kNone;
  int best_depth = std::numeric_limits<int>::max();
  int depth = 0;
  int angles = 0;  // of the brackets around, how many are those of types
  bool best_in_type = false;
  std::size_t parenthesis = kNone;
  std::size_t equals = kNone;
  bool in_string = false;
  for (std::size_t at = 0; at + 1 < line.size() && at + 1 <= room; ++at) {
    const char c = line[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '(' && depth == 0 && parenthesis == kNone) parenthesis = at + 1;
    if (depth == 0 && equals == kNone && line.substr(at).starts_with(" = ")) equals = at + 2;
    if (c == '(' || c == '<' || c == '{') ++depth;
    if (c == ')' || c == '>' || c == '}') --depth;
    if (c == '<') ++angles;
    if (c == '>') --angles;
    const bool comma = c == ',' && line[at + 1] == ' ';
    const bool both = c == '&' && at > 0 && line[at - 1] == '&' && line[at + 1] == ' ';
    if ((!comma && !both) || depth > best_depth) continue;
    best = at + 1;
    best_depth = depth;
    best_in_type = angles > 0;
  }
  const std::size_t after_type = std::min(parenthesis, equals);
  if (after_type != kNone && (best == kNone || best < after_type)) return after_type;
  const bool in_value = equals != kNone && best_in_type && !line.starts_with("using ");
  return in_value ? equals : best;
}

void add_broken(std::string& out, std::string_view line, std::size_t width) {
  std::size_t margin = std::min(line.find_first_not_of(' '), line.size());
  out += line.substr(0, margin);
  std::string_view rest = line.substr(margin);
  const bool whole = rest.starts_with("//") || rest.starts_with("#");
  for (const std::size_t inner = margin + 4; !whole && margin + rest.size() > width; margin = inner) {
    const std::size_t at = break_at(rest, width - std::min(margin, width));
    if (at == kNone) break;
    out += rest.substr(0, at);
    out += '\n';
    out.append(inner, ' ');
    rest.remove_prefix(rest[at] == ' ' ? at + 1 : at);
  }
  out += rest;
  out += '\n';
}

bool opens(std::string_view line) {
  if (!line.ends_with('{') && !line.ends_with(':')) return false;
  return (line.ends_with('{') && !line.starts_with("namespace")) || line.ends_with("public:") || line.ends_with("private:");
}
bool closes(std::string_view line) {
  const std::size_t at = line.find_first_not_of(' ');
  return at != kNone && line[at] == '}' && line.find("// namespace") == kNone;
}

}  // namespace

void Tidier::add(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string_view line = text.substr(begin, end - begin);
    if (end == kNone) {
      rest_ += line;
      return;
    }
    begin = end + 1;
    if (rest_.empty()) {
      add_line(line);
    } else {
      rest_ += line;
      add_line(rest_);
      rest_.clear();
    }
  }
}

void Tidier::add_line(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  if (line.empty()) {
    blank_waits_ = true;
    return;
  }
  if (blank_waits_ && !at_edge_ && !closes(line)) out_ += '\n';
  blank_waits_ = false;
  at_edge_ = opens(line);
  if (line.size() > width_)
    add_broken(out_, line, width_);
  else
    (out_ += line) += '\n';
}

std::string Tidier::finish() {
  if (!rest_.empty()) add_line(rest_);
  return std::move(out_);
}

std::string tidy(std::string_view text, std::size_t width) {
  Tidier tidier(width);
  tidier.add(text);
  return tidier.finish();
}

std::string indent(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::size_t stop = end == std::string::npos ? text.size() : end + 1;
    const std::string_view line = std::string_view{text}.substr(begin, stop - begin);
    if (line.find_first_not_of("\n ") != std::string_view::npos) out += "  ";
    out += line;
    begin = stop;
  }
  return out;
}

}  // namespace shmidl::emit
