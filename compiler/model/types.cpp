#include "model/types.hpp"

#include "model/object.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::model {

using sema::TypeKind;
using sema::ValueKind;

std::string name_of(const sema::Type& type) { return sema::type_name(type); }

bool is_flat(const sema::Type& type) {
  if (type.is(TypeKind::structure)) return type.declared->flat;
  if (type.is(TypeKind::fixed_array)) return is_flat(*type.element);
  return sema::is_scalar(type.kind) || type.is(TypeKind::enumeration);
}

Json to_json(const sema::Type& type) {
  Object json(type.declared != nullptr ? 7 : 4);
  json.add("kind", sema::kind_name(type.kind)).add("name", name_of(type)).add("flat", is_flat(type));
  if (type.is(TypeKind::structure)) json.add("align", type.declared->align);
  if (type.is(TypeKind::enumeration)) json.add("align", sema::scalar_size(type.declared->type.kind));
  if (sema::is_scalar(type.kind)) json.add("align", sema::scalar_size(type.kind));
  if (type.declared != nullptr) json.add("cpp_name", type.declared->cpp_qualified);
  if (type.declared != nullptr && type.declared->remarks.deprecated) json.add("deprecated", *type.declared->remarks.deprecated);
  if (type.is(TypeKind::interface) || type.is(TypeKind::object)) json.add("nullable", type.nullable);
  if (type.is(TypeKind::fixed_array)) json.add("length", type.length);
  if (type.max_size != 0) json.add("max_size", type.max_size);
  if (type.element) json.add("element", to_json(*type.element));
  Json arguments = Json::array();
  for (const sema::Type& argument : type.arguments) arguments.push_back(to_json(argument));
  if (!arguments.empty()) json.add("arguments", std::move(arguments));
  return json.take();
}

Json to_json(const sema::Value& value) {
  switch (value.kind) {
    case ValueKind::none:
      return nullptr;
    case ValueKind::boolean:
      return value.integer != 0;
    case ValueKind::floating:
      return value.floating;
    case ValueKind::string:
      return value.text;
    case ValueKind::enumerator: {
      const std::string& cpp_name = value.declared->enumerators.at(value.place).cpp_name;
      return Object(3)
          .add("enum", value.declared->qualified)
          .add("name", value.text)
          .add("cpp_name", value.declared->cpp_qualified + "::" + cpp_name)
          .take();
    }
    case ValueKind::list: {
      Json list = Json::array();
      for (const sema::Value& element : value.elements) list.push_back(to_json(element));
      return list;
    }
    case ValueKind::integer:
      break;
  }
  if (value.integer > INT64_MAX) return static_cast<std::uint64_t>(value.integer);
  return static_cast<std::int64_t>(value.integer);
}

std::string hex(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t at = 16; at-- > 0; number >>= 4U) text[at] = "0123456789abcdef"[number & 15U];
  return text;
}

}  // namespace shmidl::model
