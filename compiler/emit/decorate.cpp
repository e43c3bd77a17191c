#include "emit/decorate.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "emit/cpp_types.hpp"
#include "emit/forwards.hpp"
#include "emit/methods.hpp"

namespace shmidl::emit {
namespace {

/// Documentation as comment lines: a backslash at the end of one would continue the comment.
Json comment(const Json& doc) {
  Json lines = Json::array();
  for (const Json& line : doc) {
    auto text = line.get<std::string>();
    if (text.ends_with('\\')) text += " .";
    lines.push_back(std::move(text));
  }
  return lines;
}

void decorate_constants(Json& list, bool in_class) {
  for (Json& constant : list) {
    constant["cpp_doc"] = comment(constant.at("doc"));
    constant["cpp_type"] = constant_type(constant.at("type"));
    constant["cpp_value"] = literal(constant.at("type"), constant.at("value"));
    constant["is_member"] = in_class;
  }
}

/// What stands after a field's name: every field has a value from the start.
std::string initialiser(const Json& field) {
  const Json& type = field.at("type");
  const Json& value = field.at("default");
  if (field.at("is_incomplete").get<bool>()) return {};  // a container of what is not known yet can be declared, not made
  if (!value.is_null()) return " = " + literal(type, value);
  const auto kind = type.at("kind").get<std::string>();
  if (kind == "bool") return " = false";
  if (kind == "struct" || kind == "enum" || kind == "fixed_array" || kind == "array" || kind == "string") return "{}";
  return " = 0";
}

/// On i386 a 64-bit number in a struct is aligned to 4 bytes unless told otherwise; the wire is the same everywhere.
bool needs_alignas(const Json& type) {
  const Json& base = type.at("kind") == "fixed_array" ? type.at("element") : type;
  return base.at("kind") != "struct" && base.at("kind") != "fixed_array" && base.value("align", 0) == 8;
}

void decorate_struct(Json& json) {
  const bool flat = json.at("flat").get<bool>();
  const auto qualified = json.at("cpp_qualified").get<std::string>();
  json["is_flat"] = flat;
  json["is_variable"] = !flat;
  std::string wire;
  std::string offsets;
  for (Json& field : json.at("fields")) {
    const Json& type = field.at("type");
    const auto name = field.at("cpp_name").get<std::string>();
    const std::string offset = std::to_string(field.at("offset").get<std::uint64_t>());
    // All is made before the first key is added: adding one moves the others.
    Json added = {{"cpp_doc", comment(field.at("doc"))},
                  {"cpp_type", (flat && needs_alignas(type) ? "alignas(8) " : "") + value_type(type)},
                  {"cpp_view", view_type(type)},
                  {"cpp_init", initialiser(field)}};
    field.update(added);
    wire += ", Field<" + offset + ", &" + qualified + "::" + name + (flat ? "" : ", &" + qualified + "::View::" + name) + ">";
    offsets += (offsets.empty() ? "offsetof(" : " && offsetof(") + qualified + ", " + name + ") == " + offset;
  }
  json["cpp_wire_fields"] = wire;
  json["has_offsets"] = flat && !offsets.empty();
  json["cpp_offsets"] = offsets;
}

void decorate_enum(Json& json) {
  json["cpp_type"] = value_type(json.at("type"));
  for (Json& enumerator : json.at("enumerators")) {
    enumerator["cpp_doc"] = comment(enumerator.at("doc"));
    enumerator["cpp_value"] = literal(json.at("type"), enumerator.at("value"));
  }
}

std::string identifier(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

void decorate_interface(Json& json) {
  json["has_methods"] = !json.at("methods").empty();
  json["has_structs"] = !json.at("structs").empty();
  json["cpp_methods_table"] = json.at("methods").empty() ? "{}" : "methods";
  json["cpp_structs_table"] = json.at("structs").empty() ? "{}" : "structs";
  const auto qualified = json.at("cpp_qualified").get<std::string>();
  const std::string around = qualified.substr(0, qualified.size() - json.at("cpp_local").get<std::string>().size());
  json["cpp_dispatch"] = around + json.at("cpp_helper").get<std::string>() + "::shmidl_dispatch";
  for (Json& used : json.at("structs")) {
    used["cpp_fields"] = used.at("fields").empty() ? "{}" : "fields_of_" + identifier(used.at("name").get<std::string>());
    used["has_fields"] = !used.at("fields").empty();
    used["cpp_flat"] = used.at("flat").get<bool>() ? "true" : "false";
  }
  for (Json& method : json.at("methods")) {
    method["cpp_doc"] = comment(method.at("doc"));
    decorate_method(method);
  }
}

/// `local`: the name below the namespace, `Outer::Inner`.
void decorate_declarations(Json& list, const std::string& outer) {
  for (Json& json : list) {
    const auto kind = json.at("kind").get<std::string>();
    const std::string local = outer + json.at("cpp_name").get<std::string>();
    json["cpp_local"] = local;
    std::string helper = local;
    for (std::size_t at = helper.find("::"); at != std::string::npos; at = helper.find("::")) helper.replace(at, 2, "_");
    json["cpp_helper"] = "shmidl_" + helper;
    json["cpp_doc"] = comment(json.at("doc"));
    for (const char* const other : {"interface", "struct", "enum", "alias"}) json[std::string{"is_"} + other] = kind == other;
    decorate_constants(json.at("constants"), true);
    decorate_declarations(json.at("nested"), local + "::");
    if (kind == "struct") decorate_struct(json);
    if (kind == "enum") decorate_enum(json);
    if (kind == "interface") decorate_interface(json);
    if (kind == "alias") json["cpp_type"] = value_type(json.at("type"));
  }
}

std::string without_ending(const std::string& file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string::npos || file.find('/', dot) != std::string::npos ? file : file.substr(0, dot);
}

}  // namespace

void decorate(Json& file) {
  file["cpp_header"] = without_ending(file.at("file").get<std::string>()) + ".shmidl.hpp";
  file["cpp_source"] = without_ending(file.at("file").get<std::string>()) + ".shmidl.cpp";
  const auto header = file.at("cpp_header").get<std::string>();
  file["cpp_header_name"] = header.substr(header.rfind('/') + 1);
  file["cpp_includes"] = Json::array();
  for (const Json& import : file.at("imports")) file["cpp_includes"].push_back(without_ending(import.get<std::string>()) + ".shmidl.hpp");
  file["has_includes"] = !file.at("imports").empty();
  file["has_namespace"] = !file.at("cpp_namespace").get<std::string>().empty();
  file["has_constants"] = !file.at("constants").empty();
  add_forwards(file);
  decorate_constants(file.at("constants"), false);
  decorate_declarations(file.at("declarations"), "");
}

}  // namespace shmidl::emit
