#include "emit/shorten.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>
#include <utility>

namespace shmidl::emit {
namespace {

using Json = nlohmann::ordered_json;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Lists whose elements hold what a user reads.
bool is_list_of_members(std::string_view key) {
  for (const char* const list : {"nested", "constants", "fields", "members", "enumerators", "methods"})
    if (key == list) return true;
  return false;
}

bool is_read(std::string_view key) {
  static constexpr const char* kRead[] = {
      "cpp_type",         "cpp_shown_type", "cpp_init",   "cpp_view",   "cpp_view_init",  "cpp_value",        "cpp_values",
      "cpp_views",        "cpp_first",      "cpp_result", "cpp_params", "cpp_params_and", "cpp_async_result", "cpp_async_params_and",
      "cpp_view_elements"};
  return key.starts_with("cpp_") && std::find(std::begin(kRead), std::end(kRead), key) != std::end(kRead);
}

/// The name that follows `prefix` at `at`; empty when there is another text, or when something else has this name.
std::string name_after(const std::string& text, std::size_t at, const std::string& prefix, const std::unordered_set<std::string>& hidden) {
  if (text.compare(at, prefix.size(), prefix) != 0) return {};
  std::size_t end = at + prefix.size();
  while (end < text.size() && is_word(text[end])) ++end;
  std::string name = text.substr(at + prefix.size(), end - at - prefix.size());
  return hidden.contains(name) ? std::string{} : name;
}

}  // namespace

Shortener::Shortener(const Json& file) {
  const auto space = file.at("cpp_namespace").get<std::string>();
  prefix_ = space.empty() ? "::" : "::" + space + "::";
  for (const char* const name : {"Client", "Object", "Tag", "Union", "UnionView", "View", "allocate", "copy", "get", "make", "options",
                                 "shmidl", "std", "tag", "to_string", "visit"})
    hide(name);
  for (std::size_t begin = 0; begin < space.size();) {  // the namespaces around, which are types' neighbours too
    const std::size_t end = std::min(space.find("::", begin), space.size());
    hide(space.substr(begin, end - begin));
    begin = end + 2;
  }
}

void Shortener::look_at(const Json& declaration) {
  for (const char* const list : {"nested", "constants", "fields", "members", "enumerators", "methods"}) {
    if (!declaration.contains(list)) continue;
    for (const Json& member : declaration.at(list)) {
      hide(member.at("cpp_name").get<std::string>());
      if (std::string_view{list} != "nested") members_.insert(member.at("cpp_name").get<std::string>());
      if (!member.contains("parameters")) continue;
      for (const Json& parameter : member.at("parameters")) hide(parameter.at("cpp_name").get<std::string>());
      hide("try_" + member.at("name").get<std::string>());
      hide("async_" + member.at("name").get<std::string>());
    }
  }
  if (declaration.contains("type_parameters"))
    for (const Json& parameter : declaration.at("type_parameters")) hide(parameter.get<std::string>());
  for (const Json& nested : declaration.at("nested")) look_at(nested);
}

void Shortener::apply(Json& json, const std::string& own) const {
  if (json.is_array())
    for (Json& inner : json) apply(inner, own);
  if (!json.is_object()) return;
  const bool is_type = json.contains("cpp_qualified");
  const std::string around = is_type && json.at("kind") == "struct" ? json.at("cpp_qualified").get<std::string>() + "::" : "";
  const std::string& inside = is_type ? around : own;
  for (auto& [key, value] : json.get_ref<Json::object_t&>()) {
    if (is_list_of_members(key)) apply(value, inside);
    if (!is_read(key)) continue;
    if (value.is_string()) shorten(value.get_ref<std::string&>(), inside);
    if (value.is_array())
      for (Json& line : value) shorten(line.get_ref<std::string&>(), inside);
  }
}

void Shortener::shorten(std::string& text, const std::string& own) const {
  if (text.find(prefix_) == std::string::npos) return;  // `own` begins with it
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
  text = std::move(out);
}

}  // namespace shmidl::emit
