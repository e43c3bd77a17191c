#include "emit/decorate.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emit/cpp_types.hpp"
#include "emit/headers.hpp"
#include "emit/methods.hpp"
#include "emit/structs.hpp"

namespace shmidl::emit {
namespace {

/// Marks that turn the direction of writing would show the code around the comment in another order than it has.
void remove_bidi(std::string& text) {
  for (const std::string_view mark : {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"})
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) text.erase(at, mark.size());
}

/// Documentation as comment lines: a tag begins a line, and a backslash at the end of one would continue the comment.
Json comment(const Json& doc) {
  Json lines = Json::array();
  const auto add = [&lines](std::string line) {
    if (line.ends_with('\\') || line.ends_with("?\?/")) line += " .";
    lines.push_back(std::move(line));
  };
  for (const Json& line : doc) {
    auto text = line.get<std::string>();
    remove_bidi(text);
    for (const std::string_view tag : {" @param ", " @return ", " @returns ", " @throws "})
      for (std::size_t at = text.find(tag, 1); at != std::string::npos; at = text.find(tag, 1)) {
        add(text.substr(0, text.find_last_not_of(' ', at) + 1));
        text.erase(0, at + 1);
      }
    add(std::move(text));
  }
  return lines;
}

/// Adds what stands above a declaration, and the attribute of what should not be used any more.
void documented(Json& json) {
  json["cpp_doc"] = comment(json.at("doc"));
  json["has_doc"] = !json.at("cpp_doc").empty();
  const bool deprecated = json.contains("deprecated") && !json.at("deprecated").is_null();
  const auto note = deprecated ? json.at("deprecated").get<std::string>() : "";
  json["cpp_deprecated"] = !deprecated ? "" : note.empty() ? "[[deprecated]] " : "[[deprecated(" + quoted(note) + ")]] ";
  const auto before = json.at("cpp_deprecated").get<std::string>();
  json["cpp_after"] = before.empty() ? "" : " " + before.substr(0, before.size() - 1);
}

void decorate_constants(Json& list, bool in_class) {
  for (Json& constant : list) {
    documented(constant);
    constant["cpp_type"] = constant_type(constant.at("type"), constant.at("value"));
    constant["cpp_value"] = constant_literal(constant.at("type"), constant.at("value"));
    constant["is_member"] = in_class;
  }
}

void decorate_enum(Json& json) {
  json["cpp_type"] = value_type(json.at("type"));
  std::set<std::string> seen;
  for (Json& enumerator : json.at("enumerators")) {
    documented(enumerator);
    enumerator["cpp_value"] = literal(json.at("type"), enumerator.at("value"));
    enumerator["cpp_case"] = json.at("cpp_qualified").get<std::string>() + "::" + enumerator.at("cpp_name").get<std::string>();
    enumerator["is_first"] = seen.insert(enumerator.at("value").dump()).second;  // two names may have one number
  }
}

void decorate_interface(Json& json) {
  json["has_methods"] = !json.at("methods").empty();
  json["has_structs"] = !json.at("structs").empty();
  json["cpp_serial"] = json.value("serial", false) ? "true" : "false";
  json["cpp_methods_table"] = json.at("methods").empty() ? "{}" : "methods";
  json["cpp_structs_table"] = json.at("structs").empty() ? "{}" : "structs";
  const auto qualified = json.at("cpp_qualified").get<std::string>();
  const std::string around = qualified.substr(0, qualified.size() - json.at("cpp_local").get<std::string>().size());
  json["cpp_dispatch"] = around + json.at("cpp_helper").get<std::string>() + "::shmidl_dispatch";
  bool gaps = false;
  for (Json& method : json.at("methods")) {
    documented(method);
    decorate_method(method);
    gaps = gaps || method.at("has_doc").get<bool>();
  }
  for (Json& method : json.at("methods")) method["has_gap"] = gaps;
}

std::string without_ending(const std::string& file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string::npos || file.find('/', dot) != std::string::npos ? file : file.substr(0, dot);
}

/// The type parameters of a generic struct: `template <class T>`, and the name with them.
void decorate_parameters(Json& json) {
  std::string parameters;
  std::string arguments;
  const Json none = Json::array();
  for (const Json& parameter : json.contains("type_parameters") ? json.at("type_parameters") : none) {
    const auto name = parameter.get<std::string>();
    parameters += (parameters.empty() ? "class " : ", class ") + name;
    arguments += (arguments.empty() ? "" : ", ") + name;
  }
  const bool generic = !parameters.empty();
  json["is_generic"] = generic;
  json["cpp_template"] = generic ? "template <" + parameters + ">" : "template <>";
  json["cpp_local_self"] = json.at("cpp_local").get<std::string>() + (generic ? "<" + arguments + ">" : "");
  json["cpp_self"] = json.at("cpp_qualified").get<std::string>() + (generic ? "<" + arguments + ">" : "");
}

/// Does anything here say that it should not be used? Then the stubs, which use it, must not be warned.
bool has_deprecated(const Json& json) {
  if (json.is_array()) return std::any_of(json.begin(), json.end(), has_deprecated);
  if (!json.is_object()) return false;
  const auto note = json.find("deprecated");
  if (note != json.end() && !note->is_null()) return true;
  for (const char* const part :
       {"nested", "constants", "fields", "members", "enumerators", "methods", "parameters", "type", "result", "element", "arguments", "throws"})
    if (const auto found = json.find(part); found != json.end() && has_deprecated(*found)) return true;
  return false;
}

bool is_generic(const Json& declaration) { return declaration.contains("type_parameters") && !declaration.at("type_parameters").empty(); }

bool is_text(const Json& declaration) {
  const Json& kind = declaration.at("kind");
  return (kind == "struct" || kind == "union" || kind == "enum") && !is_generic(declaration);
}

bool has_view(const Json& declaration) {
  return declaration.at("kind") == "union" || (declaration.at("kind") == "struct" && !declaration.at("flat").get<bool>());
}

bool is_interface(const Json& declaration) { return declaration.at("kind") == "interface"; }

template <class Test>
bool any_inside(const Json& declaration, const Test& test) {
  const Json& nested = declaration.at("nested");
  return test(declaration) || std::any_of(nested.begin(), nested.end(), [&](const Json& inner) { return any_inside(inner, test); });
}

/// The header that is made of an interface file, and the file, to be named beside it: whoever lacks the header looks for that.
Json include_of(const Json& idl) { return {{"cpp_path", without_ending(idl.get<std::string>()) + ".shmidl.hpp"}, {"idl", idl}}; }

void decorate_includes(Json& file, const std::vector<std::string>& headers) {
  Json includes = Json::array();
  for (const Json& import : file.at("imports")) includes.push_back(include_of(import));
  for (const std::string& header : headers) includes.push_back({{"cpp_path", header}, {"idl", false}});
  file["cpp_includes"] = std::move(includes);
  Json outside = Json::array();
  Json later = Json::array();
  const Json none = Json::array();
  for (const Json& forward : file.contains("forwards") ? file.at("forwards") : none) {
    const auto space = forward.at("cpp_namespace").get<std::string>();
    const std::string line = forward.at("keyword").get<std::string>() + " " + forward.at("cpp_name").get<std::string>() + ";";
    outside.push_back(space.empty() ? line : "namespace " + space + " { " + line + " }");
    Json include = include_of(forward.at("include"));
    if (std::find(later.begin(), later.end(), include) == later.end()) later.push_back(std::move(include));
  }
  file["cpp_outer_forwards"] = std::move(outside);
  file["cpp_source_includes"] = std::move(later);
}

/// How a value of the type is written as text, and turned into its view, where that is not part of the header.
void decorate_text(Json& json) {
  const bool is_struct = json.at("kind") == "struct";
  const bool is_union = json.at("kind") == "union";
  const bool generic = json.at("is_generic").get<bool>();
  json["has_text"] = is_text(json);
  json["cpp_text_parameter"] =
      is_struct || is_union ? "const " + json.at("cpp_local").get<std::string>() + "&" : json.at("cpp_local").get<std::string>();
  const bool empty = is_struct && json.at("fields").empty();
  json["cpp_convert"] = is_union || (is_struct && !generic && json.at("is_variable").get<bool>());
  json["cpp_text_qualified"] = "const " + json.at("cpp_qualified").get<std::string>() + "&" + (empty ? "" : " value");
  if (is_union)
    for (Json& member : json.at("members")) member["cpp_owner"] = json.at("name");
}

/// `local`: the name below the namespace, `Outer::Inner`.
void decorate_declaration(Json& json, const std::string& outer) {
  const auto kind = json.at("kind").get<std::string>();
  const std::string local = outer + json.at("cpp_name").get<std::string>();
  json["cpp_local"] = local;
  std::string helper = local;
  // A namespace inside the outer one's, for `A_B` may be a name beside `A`. No method is called like it: `shmidl_…` is renamed.
  for (std::size_t at = helper.find("::"); at != std::string::npos; at = helper.find("::", at + 2)) helper.insert(at + 2, "shmidl_");
  json["cpp_helper"] = "shmidl_" + helper;
  documented(json);
  decorate_parameters(json);
  for (const char* const other : {"interface", "struct", "union", "enum", "alias", "unstructured"})
    json[std::string{"is_"} + other] = kind == other;
  for (const char* const members : {"fields", "members"})
    if (json.contains(members))
      for (Json& member : json.at(members)) documented(member);
  decorate_constants(json.at("constants"), true);
  json["has_nested"] = !json.at("nested").empty();
  for (Json& nested : json.at("nested")) decorate_declaration(nested, local + "::");
  if (kind == "struct") decorate_struct(json);
  if (kind == "union") decorate_union(json);
  if (kind == "enum") decorate_enum(json);
  decorate_text(json);
  if (kind == "interface") decorate_interface(json);
  json["has_view"] = has_view(json);
  if (kind == "alias") json["cpp_type"] = value_type(json.at("type"));
}

}  // namespace

Decorator::Decorator(Json head) : head_(std::move(head)), shortener_(head_) {}

void Decorator::look_at(const Json& declaration) {
  forwards_.look_at(declaration);
  shortener_.look_at(declaration);
  if (declaration.at("kind") == "unstructured" && declaration.contains("cpp_header") && declaration.at("cpp_header").is_string())
    headers_.push_back(declaration.at("cpp_header").get<std::string>());
  add_headers(declaration, runtime_headers_);
  has_text_ = has_text_ || any_inside(declaration, is_text);
  has_views_ = has_views_ || any_inside(declaration, has_view);
  has_clients_ = has_clients_ || any_inside(declaration, is_interface);
  has_generics_ = has_generics_ || any_inside(declaration, is_generic);
  has_deprecated_ = has_deprecated_ || has_deprecated(declaration);
}

Json Decorator::file() {
  Json file = std::move(head_);
  file["cpp_header"] = without_ending(file.at("file").get<std::string>()) + ".shmidl.hpp";
  file["cpp_source"] = without_ending(file.at("file").get<std::string>()) + ".shmidl.cpp";
  const auto header = file.at("cpp_header").get<std::string>();
  file["cpp_header_name"] = header.substr(header.rfind('/') + 1);
  decorate_includes(file, headers_);
  file["cpp_runtime_headers"] = runtime_headers_;
  file["has_namespace"] = !file.at("cpp_namespace").get<std::string>().empty();
  file["has_constants"] = !file.at("constants").empty();
  file["cpp_forwards"] = forwards_.in_front();
  decorate_constants(file.at("constants"), false);
  file["has_text"] = has_text_;
  file["has_views"] = has_views_;
  file["has_clients"] = has_clients_;
  file["has_generics"] = has_generics_;
  file["has_deprecated"] = has_deprecated_ || has_deprecated(file.at("constants"));
  shortener_.apply(file);
  return file;
}

void Decorator::decorate(Json& declaration) {
  forwards_.mark(declaration);
  move_nested_to_base(declaration);
  decorate_declaration(declaration, "");
  struct_tables_.add(declaration);
  shortener_.apply(declaration);
}

void decorate(Json& file) {
  Json declarations = std::exchange(file.at("declarations"), Json::array());
  Decorator decorator(std::move(file));
  for (const Json& declaration : declarations) decorator.look_at(declaration);
  for (Json& declaration : declarations) decorator.decorate(declaration);
  file = decorator.file();
  file.at("declarations") = std::move(declarations);
}

}  // namespace shmidl::emit
