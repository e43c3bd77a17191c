#include <algorithm>

#include "model/model.hpp"
#include "model/types.hpp"
#include "sema/builtins.hpp"

namespace shmidl::model {
namespace {

using sema::DeclKind;
using sema::Direction;

constexpr int kModelVersion = 1;

/// Room for the keys of an object and those that `emit` adds. An object of nlohmann's ordered kind copies all it holds, deeply, when it grows.
void make_room(Json& json, std::size_t keys) {
  if (json.is_null()) json = Json::object();
  json.get_ref<Json::object_t&>().reserve(keys);
}
constexpr std::size_t kKeysOfLarge = 64;  // files and declarations; chosen to be more than they have
constexpr std::size_t kKeysOfSmall = 32;  // members

class Writer {
 public:
  Writer(const sema::Unit& unit, const source::Files& files) : unit_(unit), files_(files) {}

  Json file() const {
    Json json = {{"ir", kModelVersion},
                 {"compiler", SHMIDL_COMPILER_VERSION},
                 {"file", unit_.relative},
                 {"dialect", unit_.is_aidl() ? "aidl" : "idl"},
                 {"package", unit_.package}};
    make_room(json, kKeysOfLarge);
    json["cpp_namespace"] = unit_.cpp_namespace;
    json["imports"] = imports();
    json["forwards"] = forwards();
    json["constants"] = constants(unit_.constants);
    json["declarations"] = declarations(unit_.declarations);
    return json;
  }

 private:
  [[nodiscard]] bool imports(const sema::Unit& other) const {
    return std::any_of(unit_.used.begin(), unit_.used.end(), [&](const sema::Use& use) { return use.declaration->unit == &other; });
  }

  [[nodiscard]] Json imports() const {
    std::vector<std::string> names;
    for (const sema::Use& use : unit_.used) names.push_back(use.declaration->unit->relative);
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Interfaces that C++ needs only the name of.
  [[nodiscard]] Json forwards() const {
    std::vector<const sema::Declaration*> handles;
    for (const sema::Use& use : unit_.handles)
      if (!imports(*use.declaration->unit)) handles.push_back(use.declaration);
    std::sort(handles.begin(), handles.end(), [](const auto* a, const auto* b) { return a->qualified < b->qualified; });
    Json result = Json::array();
    for (const sema::Declaration* const handle : handles)
      result.push_back({{"cpp_namespace", handle->unit->cpp_namespace},
                        {"cpp_name", handle->cpp_name},
                        {"keyword", "class"},
                        {"include", handle->unit->relative}});
    return result;
  }

  void common(Json& json, const std::string& name, const std::string& cpp_name, const std::string& doc, sema::Span span,
              const sema::Remarks& remarks) const {
    make_room(json, kKeysOfSmall);
    json["name"] = name;
    json["cpp_name"] = cpp_name;
    Json lines = Json::array();
    for (std::size_t begin = 0; !doc.empty() && begin <= doc.size();) {
      const std::size_t end = std::min(doc.find('\n', begin), doc.size());
      lines.push_back(doc.substr(begin, end - begin));
      begin = end + 1;
    }
    json["doc"] = std::move(lines);
    json["line"] = files_.at(span.file).position(span.begin).line;
    json["deprecated"] = remarks.deprecated ? Json(*remarks.deprecated) : Json();
    json["hidden"] = remarks.hidden;
    json["annotations"] = Json::array();
    for (const sema::Attribute& attribute : remarks.attributes) {
      Json arguments = Json::object();
      for (const auto& [parameter, value] : attribute.arguments) arguments[parameter] = to_json(value);
      json["annotations"].push_back({{"name", attribute.name}, {"arguments", std::move(arguments)}});
    }
  }

  Json constants(const std::vector<sema::Constant>& list) const {
    Json result = Json::array();
    for (const sema::Constant& constant : list) {
      Json json;
      common(json, constant.name, constant.cpp_name, constant.written->doc, constant.written->name.span, constant.remarks);
      json["type"] = to_json(constant.type);
      json["value"] = to_json(constant.value);
      result.push_back(std::move(json));
    }
    return result;
  }

  Json declarations(const std::vector<std::unique_ptr<sema::Declaration>>& list) const {
    Json result = Json::array();
    for (const auto& declaration : list)
      if (!declaration->implied) result.push_back(one(*declaration));
    return result;
  }

  Json one(const sema::Declaration& declaration) const {
    static constexpr std::string_view kKinds[] = {"interface", "struct", "union", "enum", "alias", "forward", "unstructured"};
    Json json = {{"kind", kKinds[static_cast<std::size_t>(declaration.kind)]}};
    make_room(json, kKeysOfLarge);
    common(json, declaration.name, declaration.cpp_name, declaration.written->doc, sema_span(declaration), declaration.remarks);
    json["qualified"] = declaration.qualified;
    json["cpp_qualified"] = declaration.cpp_qualified;
    json["vintf_stability"] = declaration.stable;
    json["constants"] = constants(declaration.constants);
    json["nested"] = declarations(declaration.nested);
    switch (declaration.kind) {
      case DeclKind::interface:
        interface(json, declaration);
        break;
      case DeclKind::structure:
        structure(json, declaration);
        break;
      case DeclKind::union_:
        union_(json, declaration);
        break;
      case DeclKind::unstructured:
        json["type_parameters"] = declaration.type_parameters;
        json["cpp_header"] = declaration.cpp_header ? Json(*declaration.cpp_header) : Json();
        break;
      case DeclKind::enumeration:
        enumeration(json, declaration);
        break;
      default:
        json["type"] = to_json(declaration.type);
        break;
    }
    return json;
  }

  static sema::Span sema_span(const sema::Declaration& declaration) { return declaration.written->name.span; }

  void enumeration(Json& json, const sema::Declaration& declaration) const {
    json["type"] = to_json(declaration.type);
    json["enumerators"] = Json::array();
    for (const sema::Enumerator& enumerator : declaration.enumerators) {
      Json item;
      common(item, enumerator.name, enumerator.cpp_name, enumerator.written->doc, enumerator.written->name.span, enumerator.remarks);
      item["value"] = enumerator.value;
      json["enumerators"].push_back(std::move(item));
    }
  }

  static Json table(const sema::Declaration& declaration) {
    Json json = {{"name", declaration.wire_name},
                 {"kind", declaration.kind == DeclKind::union_ ? "union" : "struct"},
                 {"fixed_size", declaration.frozen},
                 {"size", declaration.size},
                 {"align", declaration.align},
                 {"flat", declaration.flat},
                 {"fields", Json::array()}};
    for (const sema::Field& field : declaration.fields)
      json["fields"].push_back({{"name", field.name}, {"type", name_of(field.type)}, {"prefix_hash", hex(field.prefix_hash)}});
    return json;
  }

  void structure(Json& json, const sema::Declaration& declaration) const {
    json["type_parameters"] = declaration.type_parameters;
    json["flat"] = declaration.flat;
    json["fixed_size"] = declaration.frozen;
    json["size"] = declaration.size;
    json["align"] = declaration.align;
    json["fields"] = Json::array();
    for (const sema::Field& field : declaration.fields) {
      Json item = member(field);
      item["offset"] = field.offset;
      item["prefix_hash"] = hex(field.prefix_hash);
      json["fields"].push_back(std::move(item));
    }
  }

  void union_(Json& json, const sema::Declaration& declaration) const {
    json["fixed_size"] = declaration.frozen;
    json["members"] = Json::array();
    for (std::size_t tag = 0; tag < declaration.fields.size(); ++tag) {
      Json item = member(declaration.fields[tag]);
      item["tag"] = tag;
      item["prefix_hash"] = hex(declaration.fields[tag].prefix_hash);
      json["members"].push_back(std::move(item));
    }
  }

  [[nodiscard]] Json member(const sema::Field& field) const {
    Json item;
    common(item, field.name, field.cpp_name, field.written->doc, field.written->name.span, field.remarks);
    item["type"] = to_json(field.type);
    item["default"] = to_json(field.value);
    return item;
  }

  void interface(Json& json, const sema::Declaration& declaration) const {
    json["wire_name"] = declaration.wire_name;
    json["fingerprint"] = hex(declaration.fingerprint);
    json["serial"] = declaration.serial;
    json["sensitive"] = declaration.sensitive;
    json["idempotent"] = declaration.idempotent;
    json["inline"] = declaration.in_line;
    json["deadline_ms"] = declaration.deadline_ms ? Json(*declaration.deadline_ms) : Json();
    json["version"] = declaration.version ? Json(*declaration.version) : Json();
    json["structs"] = Json::array();
    for (const sema::Declaration* const used : declaration.structs) json["structs"].push_back(table(*used));
    json["methods"] = Json::array();
    for (std::size_t index = 0; index < declaration.methods.size(); ++index) json["methods"].push_back(method(declaration, index));
  }

  Json method(const sema::Declaration& declaration, std::size_t index) const {
    static constexpr std::string_view kDirections[] = {"in", "in", "out", "inout"};
    const sema::Method& method = declaration.methods[index];
    Json json;
    common(json, method.name, method.cpp_name, method.written->doc, method.written->name.span, method.remarks);
    json["index"] = index;
    json["id"] = method.id;
    json["oneway"] = method.oneway;
    json["hash"] = hex(method.hash);
    json["idempotent"] = method.idempotent;
    json["inline"] = method.in_line;
    json["deadline_ms"] = method.deadline_ms ? Json(*method.deadline_ms) : Json();
    json["result"] = to_json(method.result);
    json["throws"] = Json::array();
    for (const sema::Type& thrown : method.throws) json["throws"].push_back(to_json(thrown));
    json["parameters"] = Json::array();
    std::string signature = name_of(method.result) + " " + method.name + "(";
    for (const sema::Parameter& parameter : method.parameters) {
      Json item = {{"name", parameter.name}};
      item["cpp_name"] = parameter.cpp_name;
      item["direction"] = kDirections[static_cast<std::size_t>(parameter.direction)];
      item["type"] = to_json(parameter.type);
      item["counted"] = parameter.counted;
      item["is_count"] = parameter.is_count;
      item["in_place"] = parameter.in_place;
      item["copy"] = parameter.copy;
      if (parameter.counted) item["count"] = parameter.count;
      json["parameters"].push_back(std::move(item));
      if (parameter.is_count) continue;
      if (!signature.ends_with('(')) signature += ", ";
      if (parameter.direction != Direction::in) signature += std::string{kDirections[static_cast<std::size_t>(parameter.direction)]} + " ";
      signature += name_of(parameter.type) + " " + parameter.name;
    }
    signature += ")";
    for (std::size_t thrown = 0; thrown < method.throws.size(); ++thrown)
      signature += (thrown == 0 ? " throws " : ", ") + name_of(method.throws[thrown]);
    json["signature"] = (method.oneway ? "oneway " : "") + signature;
    json["structs"] = Json::array();
    for (const sema::Declaration* const used : method.structs)
      json["structs"].push_back(std::find(declaration.structs.begin(), declaration.structs.end(), used) - declaration.structs.begin());
    return json;
  }

  const sema::Unit& unit_;
  const source::Files& files_;
};

}  // namespace

Json to_json(const sema::Unit& unit, const source::Files& files) { return Writer(unit, files).file(); }

}  // namespace shmidl::model
