#include <algorithm>

#include "diag/render.hpp"
#include "source/utf8.hpp"

namespace shmidl::diag {
namespace {

std::string place(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const source::Position at = file.position(span.begin);
  return file.path() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

/// The source line and a caret below it. A tab stays a tab in both lines, so that they agree at any tab width.
std::string excerpt(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const source::Position at = file.position(span.begin);
  const std::string_view line = file.line(at.line);
  const std::size_t begin = std::min<std::size_t>(span.begin - file.line_begin(at.line), line.size());
  const std::size_t end = std::clamp<std::size_t>(span.end - file.line_begin(at.line), begin, line.size());
  const std::string margin = "  " + std::to_string(at.line) + " | ";

  std::string shown{line};
  std::replace_if(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }, ' ');
  if (source::first_bad_utf8(shown) != std::string::npos)
    std::replace_if(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');

  std::string below(margin.size() - 2, ' ');
  below += "| ";
  std::size_t column = 1;
  for (std::size_t offset = 0; column < at.column && offset < begin; ++column) {
    below += line[offset] == '\t' ? '\t' : ' ';
    do ++offset;
    while (offset < begin && (static_cast<unsigned char>(line[offset]) & 0xC0U) == 0x80U);
  }
  const std::size_t width = source::count_code_points(line.substr(begin, end - begin));
  below += '^';
  if (width > 1) below.append(width - 1, '~');
  return margin + shown + "\n" + below + "\n";
}

}  // namespace

std::string render_text(const std::vector<Diagnostic>& diagnostics, const source::Files& files) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    const bool located = !d.span.empty();
    out += located ? place(d.span, files) : d.path.empty() ? std::string{"shmidl"} : d.path;
    out += severity(d.code) == Severity::error ? ": error[" : ": warning[";
    out += id(d.code) + "]: " + d.message + "\n";
    if (located) out += excerpt(d.span, files);
    for (const Note& note : d.notes) {
      out += "  note: " + place(note.span, files) + ": " + note.text + "\n";
      out += excerpt(note.span, files);
    }
    if (!d.help.empty()) out += "  help: " + d.help + "\n";
  }
  return out;
}

}  // namespace shmidl::diag
