#include "diag/render.hpp"

// Workflow commands, one line per diagnostic: GitHub shows them beside the changed lines of a pull request.
namespace shmidl::diag {
namespace {

std::string escape(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string place(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const auto [begin, end] = file.extent(span);
  std::string text = "file=" + escape(file.path(), true) + ",line=" + std::to_string(begin.line) + ",col=" + std::to_string(begin.column);
  return text + (begin.line == end.line ? ",endColumn=" + std::to_string(end.column) : ",endLine=" + std::to_string(end.line)) + ",";
}

}  // namespace

std::string render_github(const std::vector<Diagnostic>& diagnostics, const source::Files& files) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    out += severity(d.code) == Severity::error ? "::error " : "::warning ";
    if (!d.span.empty())
      out += place(d.span, files);
    else if (!d.path.empty())
      out += "file=" + escape(d.path, true) + ",";
    std::string text = d.message;
    for (const Note& note : d.notes) {
      const source::File& file = files.at(note.span.file);
      text += "\nnote: " + file.path() + ":" + std::to_string(file.line_of(note.span.begin)) + ": " + note.text;
    }
    if (!d.help.empty()) text += "\nhelp: " + d.help;
    out += "title=" + id(d.code) + "::" + escape(text, false) + "\n";
  }
  return out;
}

}  // namespace shmidl::diag
