#include "emit/pieces.hpp"

#include <span>

namespace shmidl::emit {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// A tag and its place. Without end, there is none.
struct Tag {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
  std::string_view contents;
};

Tag next_tag(std::string_view text, std::size_t from) {
  Tag tag;
  tag.begin = text.find("{{", from);
  if (tag.begin == std::string_view::npos) return tag;
  const std::string_view close = text.substr(tag.begin).starts_with("{{{") ? "}}}" : "}}";
  const std::size_t end = text.find(close, tag.begin + close.size());
  if (end == std::string_view::npos) return tag;
  tag.contents = trimmed(text.substr(tag.begin + 2, end - tag.begin - 2));
  tag.end = end + close.size();
  return tag;
}

/// The tag that ends the section whose first tag ends at `from`.
Tag closing_tag(std::string_view text, std::size_t from, std::string_view name) {
  std::size_t depth = 1;
  for (Tag tag = next_tag(text, from); tag.end != std::string_view::npos; tag = next_tag(text, tag.end)) {
    if (tag.contents.empty() || trimmed(tag.contents.substr(1)) != name) continue;
    if (tag.contents[0] == '#' || tag.contents[0] == '^') ++depth;
    if (tag.contents[0] == '/' && --depth == 0) return tag;
  }
  return {};
}

class Cutter {
 public:
  Cutter(Pieces& pieces, const std::string& name) : pieces_(pieces), name_(name) {}

  /// `in_main`: of what is printed once, where a list of all declarations can stand.
  std::string cut(std::string_view text, bool in_main) {
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (Tag tag = next_tag(text, at); tag.end != std::string_view::npos; tag = next_tag(text, at)) {
      mask(out, text.substr(at, tag.begin - at));
      at = tag.end;
      const bool section = tag.contents.starts_with('#');
      const std::string_view name = trimmed(tag.contents.substr(section ? 1 : 0));
      const bool all = name == "declarations";
      const Tag end = section && (all || name == "indented") ? closing_tag(text, at, name) : Tag{};
      if (end.end != std::string_view::npos) {
        if (all && !in_main)
          pieces_.error =
              name_ + ".mustache:" + " `declarations` cannot stand inside `declarations`, `indented` or a partial that contains itself";
        const std::string key = std::string{all ? kDeclarations : kIndented} + std::to_string(pieces_.texts.size());
        pieces_.texts[key] = {};  // takes the number before the pieces inside
        pieces_.texts[key] = cut(text.substr(at, end.begin - at), false);
        out += "{{&" + key + "}}";
        at = end.end;
      } else if (tag.contents.empty() || std::string_view{"#^/!>&={"}.find(tag.contents[0]) != std::string_view::npos) {
        out += text.substr(tag.begin, tag.end - tag.begin);
      } else {
        out += "{{&" + std::string{tag.contents} + "}}";  // `&`: nothing is escaped, and the engine need not copy
      }
    }
    mask(out, text.substr(at));
    return out;
  }

 private:
  static void mask(std::string& out, std::string_view text) {
    for (const char c : text) out += c == ' ' ? kMaskedBlank : c == '\n' ? kMaskedLineEnd : c;
  }

  Pieces& pieces_;
  const std::string& name_;
};

}  // namespace

Pieces cut(const Templates& templates, const std::string& name) {
  const Expanded expanded = expand(templates, name);
  Pieces pieces;
  pieces.error = expanded.error;
  if (!pieces.error.empty()) return pieces;
  Cutter cutter(pieces, name);
  std::string whole = cutter.cut(expanded.text, true);
  pieces.texts[std::string{kMain}] = std::move(whole);
  for (const auto& [partial, text] : expanded.recursive) {
    std::string piece = cutter.cut(text, false);
    pieces.texts[std::string{kPartial} + partial] = std::move(piece);
  }
  return pieces;
}

void unmask(std::string& text, std::size_t begin) {
  for (char& c : std::span{text}.subspan(begin)) c = c == kMaskedBlank ? ' ' : c == kMaskedLineEnd ? '\n' : c;
}

}  // namespace shmidl::emit
