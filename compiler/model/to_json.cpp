#include <algorithm>
#include <unordered_map>
#include <utility>

#include "model/object.hpp"
#include "model/types.hpp"
#include "sema/builtins.hpp"

namespace shmidl::model {
namespace {

using sema::DeclKind;
using sema::Direction;

constexpr int kModelVersion = 1;

// Room for the keys of an object and those that `emit` adds.
constexpr std::size_t kKeysOfLarge = 64;   // files and declarations; chosen to be more than they have
constexpr std::size_t kKeysOfMedium = 40;  // methods
constexpr std::size_t kKeysOfSmall = 24;   // other members

class Writer {
 public:
  Writer(const sema::Unit& unit, const source::Files& files, Detail detail) : unit_(unit), files_(files), detail_(detail) {}

  Json file() const {
    Object json(kKeysOfLarge);
    json.add("ir", kModelVersion);
    json.add("compiler", SHMIDL_COMPILER_VERSION);
    json.add("file", unit_.relative);
    json.add("dialect", unit_.is_aidl() ? "aidl" : "idl");
    json.add("package", unit_.package);
    json.add("cpp_namespace", unit_.cpp_namespace);
    json.add("imports", imports());
    json.add("forwards", forwards());
    json.add("constants", constants(unit_.constants));
    json.add("declarations", Json::array());
    return json.take();
  }

  Json declaration(const sema::Declaration& declaration) const { return one(declaration); }

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

  [[nodiscard]] bool whole() const { return detail_ == Detail::full; }

  static Json lines(const std::string& text) {
    Json list = Json::array();
    for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      list.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return list;
  }

  static Json annotations(const sema::Remarks& remarks) {
    Json list = Json::array();
    for (const sema::Attribute& attribute : remarks.attributes) {
      Json arguments = Json::object();
      for (const auto& [parameter, value] : attribute.arguments) arguments[parameter] = to_json(value);
      list.push_back(Object(2).add("name", attribute.name).add("arguments", std::move(arguments)).take());
    }
    return list;
  }

  /// What all that has a name has. `written` is the same in the syntax.
  template <class Named, class Written>
  void common(Object& json, const Named& named, const Written& written) const {
    json.add("name", named.name).add("cpp_name", named.cpp_name);
    if (whole()) {
      const source::Span span = written.name.span;
      json.add("doc", lines(written.doc)).add("line", files_.at(span.file).line_of(span.begin));
    }
    json.add("deprecated", named.remarks.deprecated ? Json(*named.remarks.deprecated) : Json());
    if (whole()) json.add("hidden", named.remarks.hidden).add("annotations", annotations(named.remarks));
  }

  Json constants(const std::vector<sema::Constant>& list) const {
    Json result = Json::array();
    for (const sema::Constant& constant : list) {
      Object json(kKeysOfSmall);
      common(json, constant, *constant.written);
      if (whole()) json.add("type", to_json(constant.type)).add("value", to_json(constant.value));
      result.push_back(json.take());
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
    static constexpr const char* kKinds[] = {"interface", "struct", "union", "enum", "alias", "forward", "unstructured"};
    Object json(kKeysOfLarge);
    json.add("kind", kKinds[static_cast<std::size_t>(declaration.kind)]);
    common(json, declaration, *declaration.written);
    json.add("qualified", declaration.qualified);
    json.add("cpp_qualified", declaration.cpp_qualified);
    json.add("vintf_stability", declaration.stable);
    json.add("constants", constants(declaration.constants));
    json.add("nested", declarations(declaration.nested));
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
        json.add("type_parameters", declaration.type_parameters);
        json.add("cpp_header", declaration.cpp_header ? Json(*declaration.cpp_header) : Json());
        break;
      case DeclKind::enumeration:
        enumeration(json, declaration);
        break;
      default:
        json.add("type", to_json(declaration.type));
        break;
    }
    return json.take();
  }

  void enumeration(Object& json, const sema::Declaration& declaration) const {
    json.add("type", to_json(declaration.type));
    Json list = Json::array();
    for (const sema::Enumerator& enumerator : declaration.enumerators) {
      Object item(kKeysOfSmall);
      common(item, enumerator, *enumerator.written);
      item.add("value", enumerator.value);
      list.push_back(item.take());
    }
    json.add("enumerators", std::move(list));
  }

  static Json table(const sema::Declaration& declaration) {
    Object json(kKeysOfSmall);
    json.add("name", declaration.wire_name);
    json.add("kind", declaration.kind == DeclKind::union_ ? "union" : "struct");
    json.add("fixed_size", declaration.frozen);
    json.add("size", declaration.size);
    json.add("align", declaration.align);
    json.add("flat", declaration.flat);
    Json fields = Json::array();
    for (const sema::Field& field : declaration.fields)
      fields.push_back(
          Object(3).add("name", field.name).add("type", name_of(field.type)).add("prefix_hash", hex(field.prefix_hash)).take());
    json.add("fields", std::move(fields));
    return json.take();
  }

  void structure(Object& json, const sema::Declaration& declaration) const {
    json.add("type_parameters", declaration.type_parameters);
    json.add("flat", declaration.flat);
    json.add("fixed_size", declaration.frozen);
    json.add("size", declaration.size);
    json.add("align", declaration.align);
    Json fields = Json::array();
    for (const sema::Field& field : declaration.fields) {
      Object item(kKeysOfSmall);
      member(item, field);
      item.add("offset", field.offset).add("prefix_hash", hex(field.prefix_hash));
      fields.push_back(item.take());
    }
    json.add("fields", std::move(fields));
  }

  void union_(Object& json, const sema::Declaration& declaration) const {
    json.add("fixed_size", declaration.frozen);
    Json members = Json::array();
    for (std::size_t tag = 0; tag < declaration.fields.size(); ++tag) {
      Object item(kKeysOfSmall);
      member(item, declaration.fields[tag]);
      item.add("tag", tag).add("prefix_hash", hex(declaration.fields[tag].prefix_hash));
      members.push_back(item.take());
    }
    json.add("members", std::move(members));
  }

  void member(Object& item, const sema::Field& field) const {
    common(item, field, *field.written);
    item.add("type", to_json(field.type));
    if (whole()) item.add("default", to_json(field.value));
  }

  void interface(Object& json, const sema::Declaration& declaration) const {
    json.add("wire_name", declaration.wire_name);
    json.add("fingerprint", hex(declaration.fingerprint));
    json.add("serial", declaration.serial);
    json.add("sensitive", declaration.sensitive);
    json.add("idempotent", declaration.idempotent);
    json.add("inline", declaration.in_line);
    json.add("deadline_ms", declaration.deadline_ms ? Json(*declaration.deadline_ms) : Json());
    json.add("version", declaration.version ? Json(*declaration.version) : Json());
    Json structs = Json::array();
    Places places;
    for (const sema::Declaration* const used : declaration.structs) {
      places.emplace(used, places.size());
      if (whole()) structs.push_back(table(*used));
    }
    json.add("structs", std::move(structs));
    Json methods = Json::array();
    for (std::size_t index = 0; index < declaration.methods.size(); ++index)
      methods.push_back(method(declaration.methods[index], index, places));
    json.add("methods", std::move(methods));
  }

  using Places = std::unordered_map<const sema::Declaration*, std::size_t>;  ///< in the interface's table of structs

  Json method(const sema::Method& method, std::size_t index, const Places& places) const {
    Object json(kKeysOfMedium);
    common(json, method, *method.written);
    json.add("index", index);
    json.add("id", method.id);
    json.add("oneway", method.oneway);
    if (whole()) json.add("hands_over", method.hands_over);
    json.add("hash", hex(method.hash));
    json.add("idempotent", method.idempotent);
    json.add("inline", method.in_line);
    json.add("deadline_ms", method.deadline_ms ? Json(*method.deadline_ms) : Json());
    json.add("permission", method.permission ? Json{{"names", method.permission->names}, {"any", method.permission->any}} : Json());
    json.add("result", to_json(method.result));
    Json throws = Json::array();
    for (const sema::Type& thrown : method.throws) throws.push_back(to_json(thrown));
    json.add("throws", std::move(throws));
    Json parameters = Json::array();
    for (const sema::Parameter& parameter : method.parameters) parameters.push_back(to_json(parameter));
    json.add("parameters", std::move(parameters));
    if (!whole()) return json.take();
    json.add("signature", signature(method));
    Json structs = Json::array();
    for (const sema::Declaration* const used : method.structs) structs.push_back(places.at(used));
    json.add("structs", std::move(structs));
    return json.take();
  }

  static const char* name_of_direction(Direction direction) {
    static constexpr const char* kNames[] = {"in", "in", "out", "inout"};
    return kNames[static_cast<std::size_t>(direction)];
  }

  static Json to_json(const sema::Parameter& parameter) {
    Object json(9);
    json.add("name", parameter.name);
    json.add("cpp_name", parameter.cpp_name);
    json.add("direction", name_of_direction(parameter.direction));
    json.add("type", to_json(parameter.type));
    json.add("counted", parameter.counted);
    json.add("is_count", parameter.is_count);
    json.add("in_place", parameter.in_place);
    json.add("copy", parameter.copy);
    if (parameter.counted) json.add("count", parameter.count);
    return json.take();
  }
  static Json to_json(const sema::Type& type) { return model::to_json(type); }
  static Json to_json(const sema::Value& value) { return model::to_json(value); }

  static std::string signature(const sema::Method& method) {
    std::string text = (method.oneway ? "oneway " : "") + name_of(method.result) + " " + method.name + "(";
    bool first = true;
    for (const sema::Parameter& parameter : method.parameters) {
      if (parameter.is_count) continue;
      if (!std::exchange(first, false)) text += ", ";
      if (parameter.direction != Direction::in) text += std::string{name_of_direction(parameter.direction)} + " ";
      text += name_of(parameter.type) + " " + parameter.name;
    }
    text += ")";
    for (std::size_t thrown = 0; thrown < method.throws.size(); ++thrown)
      text += (thrown == 0 ? " throws " : ", ") + name_of(method.throws[thrown]);
    return text;
  }

  const sema::Unit& unit_;
  const source::Files& files_;
  Detail detail_;
};

}  // namespace

Json head(const sema::Unit& unit, const source::Files& files) { return Writer(unit, files, Detail::full).file(); }

void each_declaration(const sema::Unit& unit, const source::Files& files, Detail detail, const std::function<void(Json)>& take) {
  const Writer writer(unit, files, detail);
  for (const auto& declaration : unit.declarations)
    if (!declaration->implied) take(writer.declaration(*declaration));
}

Json to_json(const sema::Unit& unit, const source::Files& files) {
  Json json = head(unit, files);
  Json& declarations = json.at("declarations");
  each_declaration(unit, files, Detail::full, [&](Json declaration) { declarations.push_back(std::move(declaration)); });
  return json;
}

}  // namespace shmidl::model
