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

  void apply(Json& json) const {
    static const std::set<std::string> kRead = {"cpp_type",   "cpp_init",       "cpp_view",         "cpp_view_init",    "cpp_value",
                                                "cpp_values", "cpp_views",      "cpp_first",        "cpp_result",       "cpp_params",
                                                "cpp_params_and", "cpp_async_result", "cpp_async_params_and", "cpp_view_elements"};
    if (json.is_array())
      for (Json& inner : json) apply(inner);
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items()) {
      if (!kRead.contains(key))
        apply(value);
      else if (value.is_string())
        value = shortened(value.get<std::string>());
      else if (value.is_array())
        for (Json& line : value) line = shortened(line.get<std::string>());
    }
  }

 private:
  /// Every name that is looked up in a class before the namespace around it.
  void collect(const Json& declaration) {
    for (const char* const list : {"nested", "constants", "fields", "members", "enumerators", "methods"}) {
      if (!declaration.contains(list)) continue;
      for (const Json& member : declaration.at(list)) {
        hidden_.insert(member.at("cpp_name").get<std::string>());
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

  std::string shortened(const std::string& text) const {
    std::string out;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '"') quoted = !quoted;
      if (quoted && text[at] == '\\') out += text[at++];
      const bool begins = !quoted && text.compare(at, prefix_.size(), prefix_) == 0 && (at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '>'));
      if (begins) {
        std::size_t end = at + prefix_.size();
        while (end < text.size() && is_word(text[end])) ++end;
        const std::string name = text.substr(at + prefix_.size(), end - at - prefix_.size());
        if (!name.empty() && !hidden_.contains(name)) {
          out += name;
          at = end - 1;
          continue;
        }
      }
      out += text[at];
    }
    return out;
  }

  std::string prefix_;
  std::set<std::string> hidden_;
};

}  // namespace

void shorten(Json& file) { Shortener(file).apply(file); }

}  // namespace shmidl::emit
