#include <algorithm>

#include "diag/render.hpp"
#include "source/utf8.hpp"

namespace shmidl::diag {
namespace {

/// Colours of a terminal (ECMA-48), or nothing at all.
struct Paint {
  bool on;

  [[nodiscard]] std::string operator()(std::string_view code, const std::string& text) const {
    return on ? "\x1b[" + std::string{code} + "m" + text + "\x1b[0m" : text;
  }
};

constexpr std::string_view kBold = "1";
constexpr std::string_view kRed = "1;31";
constexpr std::string_view kYellow = "1;33";
constexpr std::string_view kGreen = "1;32";
constexpr std::string_view kCyan = "1;36";

std::string place(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const source::Position at = file.position(span.begin);
  return file.path() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

constexpr std::size_t kWidest = 160;  // of a source line, in columns; chosen, not measured
constexpr std::size_t kAround = 60;   // columns kept on each side of the place in a longer one

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Some bytes as they can be printed: no control characters, nothing that is not UTF-8. Bytes keep their places.
std::string printable(std::string_view text) {
  std::string shown{text};
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }, ' ');
  if (source::first_bad_utf8(shown) != std::string::npos)
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return shown;
}

/// The part of a line that is shown around a place: all of it, unless it is too long.
std::pair<std::size_t, std::size_t> window(std::string_view line, std::size_t place) {
  if (line.size() <= kWidest || (line.size() <= 4 * kWidest && source::count_code_points(line) <= kWidest)) return {0, line.size()};
  std::size_t begin = place;
  for (std::size_t count = 0; begin > 0 && count < kAround; ++count) {
    --begin;
    while (begin > 0 && continues(line[begin])) --begin;
  }
  std::size_t end = place;
  for (std::size_t count = 0; end < line.size() && count <= kAround; ++count) {
    ++end;
    while (end < line.size() && continues(line[end])) ++end;
  }
  return {begin, end};
}

/// The source line and a caret below it. A tab stays a tab in both lines, so that they agree at any tab width.
std::string excerpt(source::Span span, const source::Files& files, const Paint& paint) {
  const source::File& file = files.at(span.file);
  const source::Position at = file.position(span.begin);
  const std::string_view line = file.line(at.line);
  const std::size_t begin = std::min<std::size_t>(span.begin - file.line_begin(at.line), line.size());
  const std::size_t end = std::clamp<std::size_t>(span.end - file.line_begin(at.line), begin, line.size());
  const auto [first, last] = window(line, begin);
  const std::string number = std::to_string(at.line);
  const std::string shown = printable(line.substr(first, last - first));

  std::string below = first > 0 ? " " : "";
  for (std::size_t offset = first; offset < last; ++offset) {
    const char c = shown[offset - first];
    if (continues(c) || offset >= std::max(end, begin)) continue;
    below += offset < begin ? (c == '\t' ? '\t' : ' ') : offset == begin ? '^' : '~';
  }
  if (begin == end) below += '^';
  return "  " + number + " | " + (first > 0 ? "…" : "") + shown + (last < line.size() ? "…" : "") + "\n" +
         std::string(number.size() + 3, ' ') + "| " + paint(kGreen, below) + "\n";
}

}  // namespace

std::string render_text(const std::vector<Diagnostic>& diagnostics, const source::Files& files, bool colour) {
  const Paint paint{colour};
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    const bool located = !d.span.empty();
    const bool error = severity(d.code) == Severity::error;
    out += paint(kBold, located ? place(d.span, files) : d.path.empty() ? std::string{"shmidl"} : d.path) + ": ";
    out += paint(error ? kRed : kYellow, (error ? "error[" : "warning[") + id(d.code) + "]") + ": ";
    out += paint(kBold, d.message) + "\n";
    if (located) out += excerpt(d.span, files, paint);
    for (const Note& note : d.notes) {
      out += "  " + paint(kCyan, "note") + ": " + place(note.span, files) + ": " + note.text + "\n";
      out += excerpt(note.span, files, paint);
    }
    if (!d.help.empty()) out += "  " + paint(kCyan, "help") + ": " + d.help + "\n";
  }
  return out;
}

}  // namespace shmidl::diag
