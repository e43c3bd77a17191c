#include "emit/structs.hpp"

#include <string>
#include <utility>
#include <vector>

#include "emit/cpp_types.hpp"

namespace shmidl::emit {
namespace {

std::string kind_of(const Json& type) { return type.at("kind").get<std::string>(); }

Json as_fixed(Json type) {
  if (kind_of(type) == "array") type["kind"] = "fixed_array";
  if (type.contains("element")) type["element"] = as_fixed(type.at("element"));
  return type;
}

/// A value as an expression of its own type: for places that would not convert it.
std::string typed(const Json& type, const Json& value) {
  if (value.is_object()) return literal(type, value);
  if (value.is_array()) return value_type(type) + literal(type, value);
  return value_type(type) + "{" + literal(type, value) + "}";
}

/// What stands after a field's name: every field has a value from the start.
std::string initialiser(const Json& field) {
  const Json& type = field.at("type");
  const Json& value = field.at("default");
  const std::string kind = kind_of(type);
  if (field.value("is_incomplete", false)) return {};  // a container of what is not known yet can be declared, not made
  const bool wrapped = kind == "optional" || kind == "box";
  const bool has_zero_byte = value.is_string() && literal(type, value).front() != '"';
  if (!value.is_null() && (wrapped || has_zero_byte)) return " = " + typed(wrapped ? type.at("element") : type, value);
  if (!value.is_null()) return " = " + literal(type, value);
  if (kind == "bool") return " = false";
  // With braces, clang 14 stumbles over arrays of arrays.
  if (kind == "fixed_array" && kind_of(type.at("element")) == "fixed_array" && !type.at("flat").get<bool>()) return " = " + value_type(type) + "()";
  const bool is_number = type.at("flat").get<bool>() && kind != "struct" && kind != "enum" && kind != "fixed_array";
  return is_number ? " = 0" : "{}";
}

/// What an optional or a box holds; any other type is itself.
const Json& without_wrapper(const Json& type) {
  const std::string kind = kind_of(type);
  return kind == "optional" || kind == "box" ? type.at("element") : type;
}

/// The default of a list in a view needs elements that live somewhere: an array beside it. Empty when there is none.
std::string shared_elements(const Json& field) {
  const Json& value = field.at("default");
  const Json& type = without_wrapper(field.at("type"));
  if (!value.is_array() || value.empty() || (kind_of(type) == "fixed_array" && type.at("flat").get<bool>())) return {};
  return constant_type(type, value) + " shmidl_" + field.at("cpp_name").get<std::string>() + " = " + constant_literal(type, value);
}

std::string view_initialiser(const Json& field) {
  const Json& type = field.at("type");
  const Json& value = field.at("default");
  const std::string kind = kind_of(type);
  if (!shared_elements(field).empty()) return " = shmidl_" + field.at("cpp_name").get<std::string>();
  if (!value.is_null() && kind == "optional" && value.is_array()) return " = " + view_type(type.at("element")) + literal(type, value);
  if (!value.is_null() && kind == "optional") return " = " + literal(type, value);
  if (!value.is_null() && kind == "string") return " = " + literal(type, value);
  if (kind == "box") return "{}";
  Json whole = field;
  whole["is_incomplete"] = false;
  return initialiser(whole);
}

/// On i386 a 64-bit number in a struct is aligned to 4 bytes unless told otherwise; the wire is the same everywhere.
bool needs_alignas(const Json& type) {
  const Json* base = &type;
  while (base->at("kind") == "fixed_array") base = &base->at("element");
  return base->at("kind") != "struct" && base->value("align", 0) == 8;
}

void replace_prefix(Json& json, const std::string& from, const std::string& to) {
  if (json.is_string()) {
    auto text = json.get<std::string>();
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    json = std::move(text);
  } else if (json.is_structured()) {
    for (Json& inner : json) replace_prefix(inner, from, to);
  }
}

/// Compilers bound how deep what they unfold for one list may nest (clang: 256), so a long list stands in several groups.
constexpr std::size_t kGroup = 128;

std::string in_groups(const std::vector<std::string>& list) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool begins = list.size() > kGroup && i % kGroup == 0;
    if (begins) out += i == 0 ? ", Group<" : ">, Group<";
    else out += ", ";
    out += list[i];
  }
  return list.size() > kGroup ? out + ">" : out;
}

/// The base class that holds what is declared in a union.
std::string base_of(const Json& json) {
  const auto qualified = json.at("cpp_qualified").get<std::string>();
  const auto name = json.at("cpp_name").get<std::string>();
  return qualified.substr(0, qualified.size() - name.size()) + "shmidl_" + name + "_types";
}

void replace_in_types(Json& json, const std::string& from, const std::string& to) {
  if (!json.is_structured()) return;
  if (json.is_array()) {
    for (Json& inner : json) replace_in_types(inner, from, to);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    if (key == "type" || key == "result" || key == "default" || key == "value")
      replace_prefix(value, from, to);
    else
      replace_in_types(value, from, to);
  }
}

}  // namespace

std::string constant_literal(const Json& type, const Json& value) { return literal(as_fixed(type), value); }

void move_nested_to_base(Json& json) {
  for (Json& nested : json.at("nested")) move_nested_to_base(nested);  // first, while the names are still those of the model
  if (json.at("kind") != "union" || json.at("nested").empty()) return;
  replace_in_types(json, json.at("cpp_qualified").get<std::string>() + "::", base_of(json) + "::");
}

void decorate_struct(Json& json) {
  const bool flat = json.at("flat").get<bool>();
  const std::string self = json.at("cpp_self").get<std::string>();
  json["is_flat"] = flat;
  json["is_variable"] = !flat;
  std::vector<std::string> wire;
  std::string offsets;
  std::string shown;
  json["cpp_view_elements"] = Json::array();
  for (Json& field : json.at("fields")) {
    const Json& type = field.at("type");
    const auto name = field.at("cpp_name").get<std::string>();
    const std::string offset = std::to_string(field.at("offset").get<std::uint64_t>());
    if (const Json& bound = without_wrapper(type).value("max_size", Json()); !bound.is_null()) {
      field["cpp_doc"].push_back("At most " + bound.dump() + (kind_of(without_wrapper(type)) == "string" ? " bytes." : " elements."));
      field["has_doc"] = true;
    }
    // All is made before the first key is added: adding one moves the others.
    Json added = {{"cpp_type", (flat && needs_alignas(type) ? "alignas(8) " : "") + value_type(type)},
                  {"cpp_view", view_type(type)},
                  {"cpp_view_init", view_initialiser(field)},
                  {"cpp_init", initialiser(field)}};
    if (std::string elements = shared_elements(field); !elements.empty()) json["cpp_view_elements"].push_back(std::move(elements));
    const std::string codec = codec_type(type);
    std::string in_wire = "Field<" + offset + ", &" + self + "::" + name;
    if (!flat) in_wire += ", &" + self + "::View::" + name;
    if (codec != value_type(type)) in_wire += ", " + codec;
    wire.push_back(in_wire + ">");
    offsets += (offsets.empty() ? "offsetof(" : " && offsetof(") + self + ", " + name + ") == " + offset;
    shown += "\n      .field(" + quoted(field.at("name").get<std::string>()) + ", value." + name + ")";
    field.update(added);
  }
  json["has_elements"] = !json.at("cpp_view_elements").empty();
  json["cpp_wire_fields"] = in_groups(wire);
  json["has_offsets"] = flat && !offsets.empty() && !json.at("is_generic").get<bool>();
  json["cpp_offsets"] = offsets;
  json["cpp_shown"] = shown;
}

void decorate_union(Json& json) {
  const auto qualified = json.at("cpp_qualified").get<std::string>();
  const std::string base = base_of(json) + "::";
  std::string values;
  std::string views;
  std::string wire;
  for (Json& member : json.at("members")) {
    const Json& type = member.at("type");
    const std::string tag = member.at("tag").dump();
    values += ", " + value_type(type);
    views += ", " + view_type(type);
    wire += ", Member<" + tag + ", " + codec_type(type) + ">";
    std::string shown = value_type(type);
    for (std::size_t at = shown.find(base); at != std::string::npos; at = shown.find(base)) shown.erase(at, base.size());
    Json added = {{"cpp_type", value_type(type)}, {"cpp_shown_type", shown}, {"cpp_tag", tag}, {"cpp_case", qualified + "::Tag::" + member.at("cpp_name").get<std::string>()}};
    member.update(added);
  }
  json["cpp_values"] = values;
  json["cpp_views"] = views;
  json["cpp_wire_members"] = wire;
  const Json& first = json.at("members").at(0);
  json["cpp_first_name"] = first.at("cpp_name");
  json["has_first"] = !first.at("default").is_null();
  json["cpp_first"] = first.at("default").is_null() ? "" : typed(first.at("type"), first.at("default"));
  const auto name = json.at("cpp_name").get<std::string>();
  json["cpp_base"] = json.at("nested").empty() ? "" : "shmidl_" + name + "_types, ";
}

}  // namespace shmidl::emit
