#include "emit/expand.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace shmidl::emit {
namespace {

/// The only tag of a line, without braces; empty when the line holds anything else.
std::string_view lone_tag(std::string_view line) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ')) line.remove_suffix(1);
  if (!line.starts_with("{{") || !line.ends_with("}}") || line.find("}}") != line.size() - 2) return {};
  line = line.substr(2, line.size() - 4);
  return line.empty() || std::string_view{"#^/!>"}.find(line[0]) == std::string_view::npos ? std::string_view{} : line;
}

std::string trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string{text};
}

class Expander {
 public:
  explicit Expander(const Templates& templates) : templates_(templates) {}

  std::string expand(const std::string& name, const std::string& margin) {
    const std::string* const text = templates_.find(name);
    if (text == nullptr) {
      if (result.error.empty()) result.error = "there is no template `" + name + "`";
      return {};
    }
    open_.push_back(name);
    std::string out;
    for (std::size_t begin = 0; begin < text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      add_line(out, std::string_view{*text}.substr(begin, end - begin), margin);
      begin = end + 1;
    }
    open_.pop_back();
    return out;
  }

  Expanded result;

 private:
  void add_line(std::string& out, std::string_view line, const std::string& margin) {
    const std::string_view tag = lone_tag(line);
    if (tag.starts_with('!')) return;
    if (tag.starts_with('>')) {
      const std::string name = trimmed(tag.substr(1));
      const std::string inner = margin + std::string(line.find('{'), ' ');
      out += std::find(open_.begin(), open_.end(), name) == open_.end() ? expand(name, inner) : recursive(name);
      return;
    }
    if (!tag.empty()) {
      out += "{{" + std::string{tag} + "}}";
      return;
    }
    if (!line.empty()) out += margin;
    out += inline_partials(line);
    out += '\n';
  }

  std::string inline_partials(std::string_view line) {
    std::string out;
    for (std::size_t at = line.find("{{>"); at != std::string_view::npos; at = line.find("{{>")) {
      const std::size_t end = line.find("}}", at);
      if (end == std::string_view::npos) break;
      const std::string name = trimmed(line.substr(at + 3, end - at - 3));
      out += line.substr(0, at);
      out += recursive(name);
      line.remove_prefix(end + 2);
    }
    return out + std::string{line};
  }

  std::string recursive(const std::string& name) {
    if (!result.recursive.contains(name)) {
      result.recursive[name] = {};
      std::vector<std::string> outer;
      std::swap(outer, open_);
      result.recursive[name] = expand(name, {});
      std::swap(outer, open_);
    }
    return "{{" + std::string{kPartial} + name + "}}";
  }

  const Templates& templates_;
  std::vector<std::string> open_;
};

}  // namespace

Expanded expand(const Templates& templates, const std::string& name) {
  Expander expander(templates);
  expander.result.text = expander.expand(name, {});
  return std::move(expander.result);
}

}  // namespace shmidl::emit
