#include "emit/shorten.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

namespace shmidl::emit {
namespace {

using Json = nlohmann::ordered_json;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Shortener {
 public:
  explicit Shortener(const Json& file) {
    const auto space = file.at("cpp_namespace").get<std::string>();
    prefix_ = space.empty() ? "::" : "::" + space + "::";
    for (const char* const name : {"Client", "Object", "Tag", "Union", "UnionView", "View", "allocate", "copy", "get", "make", "options",
                                   "shmidl", "std", "tag", "to_string", "visit"})
      hidden_.insert(name);
    for (std::size_t begin = 0; begin < space.size();) {  // the namespaces around, which are types' neighbours too
      const std::size_t end = std::min(space.find("::", begin), space.size());
      hidden_.insert(space.substr(begin, end - begin));
      begin = end + 2;
    }
    for (const Json& declaration : file.at("declarations")) collect(declaration);
  }

  /// `own`: what a struct's own types begin with, where `json` is part of one.
  void apply(Json& json, const std::string& own = {}) const {
    static const std::set<std::string> kRead = {"cpp_type",   "cpp_shown_type", "cpp_init",       "cpp_view",         "cpp_view_init",    "cpp_value",
                                                "cpp_values", "cpp_views",      "cpp_first",        "cpp_result",       "cpp_params",
                                                "cpp_params_and", "cpp_async_result", "cpp_async_params_and", "cpp_view_elements"};
    if (json.is_array())
      for (Json& inner : json) apply(inner, own);
    if (!json.is_object()) return;
    std::string inside = own;
    if (json.contains("cpp_qualified")) inside = json.at("kind") == "struct" ? json.at("cpp_qualified").get<std::string>() + "::" : "";
    for (const auto& [key, value] : json.items()) {
      if (!kRead.contains(key))
        apply(value, inside);
      else if (value.is_string())
        value = shortened(value.get<std::string>(), inside);
      else if (value.is_array())
        for (Json& line : value) line = shortened(line.get<std::string>(), inside);
    }
  }

 private:
  /// Every name that is looked up in a class before the namespace around it.
  void collect(const Json& declaration) {
    for (const char* const list : {"nested", "constants", "fields", "members", "enumerators", "methods"}) {
      if (!declaration.contains(list)) continue;
      for (const Json& member : declaration.at(list)) {
        hidden_.insert(member.at("cpp_name").get<std::string>());
        if (std::string_view{list} != "nested") members_.insert(member.at("cpp_name").get<std::string>());
        if (!member.contains("parameters")) continue;
        for (const Json& parameter : member.at("parameters")) hidden_.insert(parameter.at("cpp_name").get<std::string>());
        hidden_.insert("try_" + member.at("name").get<std::string>());
        hidden_.insert("async_" + member.at("name").get<std::string>());
      }
    }
    if (declaration.contains("type_parameters"))
      for (const Json& parameter : declaration.at("type_parameters")) hidden_.insert(parameter.get<std::string>());
    for (const Json& nested : declaration.at("nested")) collect(nested);
  }

  std::string shortened(const std::string& text, const std::string& own) const {
    std::string out;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '"') quoted = !quoted;
      if (quoted && text[at] == '\\') out += text[at++];
      if (!quoted && text[at] == ':' && (at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '>'))) {
        std::string name = own.empty() ? std::string{} : name_after(text, at, own, members_);
        const std::size_t skipped = name.empty() ? prefix_.size() : own.size();
        if (name.empty()) name = name_after(text, at, prefix_, hidden_);
        if (!name.empty()) {
          at += skipped + name.size() - 1;
          out += name;
          continue;
        }
      }
      out += text[at];
    }
    return out;
  }

  /// The name that follows `prefix` at `at`; empty when there is another text, or when something else has this name.
  static std::string name_after(const std::string& text, std::size_t at, const std::string& prefix, const std::set<std::string>& hidden) {
    if (text.compare(at, prefix.size(), prefix) != 0) return {};
    std::size_t end = at + prefix.size();
    while (end < text.size() && is_word(text[end])) ++end;
    std::string name = text.substr(at + prefix.size(), end - at - prefix.size());
    return hidden.contains(name) ? std::string{} : name;
  }

  std::string prefix_;
  std::set<std::string> hidden_;   ///< what stands for something else inside of a class of the file
  std::set<std::string> members_;  ///< those of them that are no types
};

}  // namespace

void shorten(Json& file) { Shortener(file).apply(file); }

}  // namespace shmidl::emit
