#include <array>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

// What a type is called: in the model, and in messages, which speak the language of the file.
namespace shmidl::sema {
namespace {

std::string lengths(const Type*& inner) {
  std::string text;
  for (; inner->is(TypeKind::fixed_array); inner = inner->element.get()) text += "[" + std::to_string(inner->length) + "]";
  return text;
}

std::string_view builtin_name(TypeKind kind, ast::Dialect dialect) {
  const bool aidl = dialect == ast::Dialect::aidl;
  switch (kind) {
    case TypeKind::bool_:
      return aidl ? "boolean" : "bool";
    case TypeKind::int8:
      return aidl ? "byte" : "int8_t";
    case TypeKind::uint8:
      return aidl ? "byte" : "uint8_t";  // as an element of `byte[]`
    case TypeKind::int16:
      return "int16_t";
    case TypeKind::uint16:
      return "uint16_t";
    case TypeKind::char16:
      return "char";
    case TypeKind::int32:
      return "int";
    case TypeKind::uint32:
      return "uint32_t";
    case TypeKind::int64:
      return aidl ? "long" : "int64_t";
    case TypeKind::uint64:
      return "uint64_t";
    case TypeKind::string:
      return aidl ? "String" : "string";
    case TypeKind::object:
      return aidl ? "IBinder" : "Object";
    case TypeKind::fd:
      return aidl ? "ParcelFileDescriptor" : "FileDescriptor";
    case TypeKind::holder:
      return "ParcelableHolder";
    default:
      return kind_name(kind);
  }
}

}  // namespace

std::string type_name(const Type& type) {
  switch (type.kind) {
    case TypeKind::array:
      return type_name(*type.element) + "[]";
    case TypeKind::fixed_array: {
      const Type* inner = &type;
      const std::string sizes = lengths(inner);
      return type_name(*inner) + sizes;
    }
    case TypeKind::optional:
    case TypeKind::box:
      return type_name(*type.element) + "?";
    case TypeKind::stream:
      return "stream " + type_name(*type.element);
    default:
      break;
  }
  std::string name = type.declared != nullptr ? type.declared->qualified : std::string{kind_name(type.kind)};
  for (std::size_t index = 0; index < type.arguments.size(); ++index)
    name += (index == 0 ? "<" : ", ") + type_name(type.arguments[index]);
  return name + (type.arguments.empty() ? "" : ">") + (type.nullable ? "?" : "");
}

std::string spelled(const Type& type, ast::Dialect dialect) {
  switch (type.kind) {
    case TypeKind::array:
      return spelled(*type.element, dialect) + "[]";
    case TypeKind::fixed_array: {
      const Type* inner = &type;
      const std::string sizes = lengths(inner);
      return spelled(*inner, dialect) + sizes;
    }
    case TypeKind::optional:
      return "@nullable " + spelled(*type.element, dialect);
    case TypeKind::box:
      return "@nullable(heap=true) " + spelled(*type.element, dialect);
    case TypeKind::stream:
      return "stream " + spelled(*type.element, dialect);
    default:
      break;
  }
  std::string name{type.declared != nullptr ? type.declared->name : builtin_name(type.kind, dialect)};
  for (std::size_t index = 0; index < type.arguments.size(); ++index)
    name += (index == 0 ? "<" : ", ") + spelled(type.arguments[index], dialect);
  return name + (type.arguments.empty() ? "" : ">");
}

std::string record(ast::Dialect dialect) { return dialect == ast::Dialect::aidl ? "parcelable" : "struct"; }

}  // namespace shmidl::sema
