#include "sema/builtins.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace shmidl::sema {
namespace {

using Named = std::pair<std::string_view, TypeKind>;

constexpr std::array kIdl = {
    Named{"void", TypeKind::void_},      Named{"bool", TypeKind::bool_},      Named{"string", TypeKind::string},
    Named{"int8_t", TypeKind::int8},     Named{"uint8_t", TypeKind::uint8},   Named{"int16_t", TypeKind::int16},
    Named{"uint16_t", TypeKind::uint16}, Named{"int32_t", TypeKind::int32},   Named{"uint32_t", TypeKind::uint32},
    Named{"int64_t", TypeKind::int64},   Named{"uint64_t", TypeKind::uint64}, Named{"size_t", TypeKind::uint64},
    Named{"ssize_t", TypeKind::int64},   Named{"List", TypeKind::array},      Named{"blob", TypeKind::blob},
    Named{"Object", TypeKind::object},   Named{"FileDescriptor", TypeKind::fd},
};
constexpr std::array kAidl = {
    Named{"void", TypeKind::void_},    Named{"boolean", TypeKind::bool_},  Named{"byte", TypeKind::int8},
    Named{"char", TypeKind::char16},   Named{"int", TypeKind::int32},      Named{"long", TypeKind::int64},
    Named{"float", TypeKind::float32}, Named{"double", TypeKind::float64}, Named{"String", TypeKind::string},
    Named{"List", TypeKind::array},    Named{"IBinder", TypeKind::object}, Named{"FileDescriptor", TypeKind::fd},
    Named{"ParcelFileDescriptor", TypeKind::fd}, Named{"ParcelableHolder", TypeKind::holder}, Named{"blob", TypeKind::blob},
};
constexpr std::array<std::string_view, 8> kCWords = {"unsigned", "signed", "char", "short", "int", "long", "float", "double"};

template <class List>
std::optional<TypeKind> find(const List& list, std::string_view name) {
  for (const Named& entry : list)
    if (entry.first == name) return entry.second;
  return std::nullopt;
}

/// `unsigned long long int` and its like, by counting words.
std::optional<TypeKind> c_type(std::string_view name) {
  std::array<int, kCWords.size()> count{};
  bool known = false;
  while (!name.empty()) {
    const std::size_t space = name.find(' ');
    const auto word = std::find(kCWords.begin(), kCWords.end(), name.substr(0, space));
    if (word == kCWords.end()) return known ? std::optional{TypeKind::error} : std::nullopt;  // `unsigned bool`
    known = true;
    ++count[static_cast<std::size_t>(word - kCWords.begin())];
    name.remove_prefix(space == std::string_view::npos ? name.size() : space + 1);
  }
  const auto [unsigned_, signed_, char_, short_, int_, long_, float_, double_] = count;
  if (unsigned_ + signed_ > 1 || short_ > 1 || int_ > 1 || long_ > 2) return TypeKind::error;
  if (float_ + double_ > 0)
    return *std::max_element(count.begin(), count.end()) == 1 && unsigned_ + signed_ + char_ + short_ + int_ + long_ + float_ + double_ == 1
               ? (float_ == 1 ? TypeKind::float32 : TypeKind::float64)
               : TypeKind::error;
  if (char_ > 0) {
    if (char_ > 1 || short_ + int_ + long_ > 0) return TypeKind::error;
    return unsigned_ > 0 ? TypeKind::uint8 : signed_ > 0 ? TypeKind::int8 : TypeKind::char8;
  }
  if (short_ > 0) return long_ > 0 ? TypeKind::error : unsigned_ > 0 ? TypeKind::uint16 : TypeKind::int16;
  if (long_ > 0) return unsigned_ > 0 ? TypeKind::uint64 : TypeKind::int64;
  return unsigned_ > 0 ? TypeKind::uint32 : TypeKind::int32;
}

}  // namespace

std::string_view unqualified_builtin(std::string_view name) {
  for (const std::string_view spelled : {"android.os.ParcelFileDescriptor", "java.util.List", "java.util.Map"})
    if (name == spelled) return spelled.substr(spelled.rfind('.') + 1);
  return name;
}

bool needs_no_import(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kKnown = {"android.os.IInterface",   "android.os.IBinder", "android.os.Parcelable", "android.os.Parcel",
                                                             "android.content.Context", "java.lang.String",   "java.lang.CharSequence"};
  return is_builtin(ast::Dialect::aidl, name) || std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

bool is_untyped_list(const ast::Type& type) { return type.arguments.empty() && unqualified_builtin(type.name.text()) == "List"; }

std::optional<TypeKind> builtin(ast::Dialect dialect, std::string_view name) {
  if (dialect == ast::Dialect::aidl) return find(kAidl, unqualified_builtin(name));
  const std::optional<TypeKind> found = find(kIdl, name);
  return found ? found : c_type(name);
}

bool is_java_only(ast::Dialect dialect, std::string_view name) {
  const std::string_view plain = unqualified_builtin(name);
  return dialect == ast::Dialect::aidl && (plain == "Map" || plain == "CharSequence");
}

bool is_builtin(ast::Dialect dialect, std::string_view name) { return builtin(dialect, name) || is_java_only(dialect, name); }

std::vector<std::string> builtin_names(ast::Dialect dialect) {
  std::vector<std::string> names;
  const auto take = [&](const auto& list) {
    for (const Named& entry : list) names.emplace_back(entry.first);
  };
  if (dialect == ast::Dialect::aidl) {
    take(kAidl);
  } else {
    take(kIdl);
    names.insert(names.end(), kCWords.begin(), kCWords.end());
  }
  return names;
}

std::string_view spelled_here(ast::Dialect dialect, std::string_view name) {
  using Pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array kInIdl = {Pair{"String", "string"},   Pair{"boolean", "bool"},    Pair{"byte", "uint8_t"},
                                        Pair{"int8", "int8_t"},     Pair{"int16", "int16_t"},   Pair{"int32", "int32_t"},
                                        Pair{"int64", "int64_t"},   Pair{"uint8", "uint8_t"},   Pair{"uint16", "uint16_t"},
                                        Pair{"uint32", "uint32_t"}, Pair{"uint64", "uint64_t"}, Pair{"uint", "unsigned"},
                                        Pair{"u32", "uint32_t"},    Pair{"stream", "stream T"},    Pair{"vector", "List"},     Pair{"str", "string"},
                                        Pair{"std.string", "string"}, Pair{"IBinder", "Object"}, Pair{"ParcelFileDescriptor", "FileDescriptor"},
                                        Pair{"time_t", "int64_t"},  Pair{"off_t", "int64_t"},   Pair{"pid_t", "int32_t"},
                                        Pair{"uid_t", "uint32_t"},  Pair{"gid_t", "uint32_t"},  Pair{"mode_t", "uint32_t"},
                                        Pair{"intptr_t", "int64_t"}, Pair{"uintptr_t", "uint64_t"}, Pair{"ptrdiff_t", "int64_t"},
                                        Pair{"wchar_t", "uint32_t"}, Pair{"char16_t", "uint16_t"}, Pair{"char32_t", "uint32_t"},
                                        Pair{"ulong", "unsigned long"}, Pair{"ushort", "unsigned short"}, Pair{"uchar", "uint8_t"},
                                        Pair{"i32", "int32_t"},     Pair{"i64", "int64_t"},     Pair{"u8", "uint8_t"},
                                        Pair{"u16", "uint16_t"},    Pair{"u64", "uint64_t"},    Pair{"list", "List"},
                                        Pair{"float32", "float"},   Pair{"float64", "double"},  Pair{"_Bool", "bool"}};
  static constexpr std::array kInAidl = {
      Pair{"string", "String"}, Pair{"bool", "boolean"}, Pair{"short", "int"},     Pair{"int8_t", "byte"},   Pair{"uint8_t", "byte"},
      Pair{"int32_t", "int"},   Pair{"uint32_t", "int"}, Pair{"int64_t", "long"},  Pair{"uint64_t", "long"}, Pair{"int16_t", "int"},
      Pair{"size_t", "long"},   Pair{"unsigned", "int"}, Pair{"ArrayList", "List"},
      Pair{"vector", "List"},   Pair{"Object", "IBinder"}, Pair{"time_t", "long"},   Pair{"ssize_t", "long"},
      Pair{"uint", "int"},      Pair{"ulong", "long"},   Pair{"int16", "int"},     Pair{"int32", "int"},     Pair{"int64", "long"},
      Pair{"uint32", "int"},    Pair{"uint64", "long"},  Pair{"Integer", "int"},   Pair{"Long", "long"},     Pair{"Boolean", "boolean"},
      Pair{"Byte", "byte"},     Pair{"Float", "float"},  Pair{"Double", "double"}};
  const auto in = [&](const auto& list) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const Pair& pair) { return pair.first == name; });
    return found == list.end() ? std::string_view{} : found->second;
  };
  return dialect == ast::Dialect::idl ? in(kInIdl) : in(kInAidl);
}

bool is_integer(TypeKind kind) {
  return kind == TypeKind::int8 || kind == TypeKind::uint8 || kind == TypeKind::int16 || kind == TypeKind::uint16 ||
         kind == TypeKind::int32 || kind == TypeKind::uint32 || kind == TypeKind::int64 || kind == TypeKind::uint64;
}

bool is_scalar(TypeKind kind) { return kind >= TypeKind::bool_ && kind <= TypeKind::float64; }

bool is_signed(TypeKind kind) {
  return kind == TypeKind::int8 || kind == TypeKind::int16 || kind == TypeKind::int32 || kind == TypeKind::int64 || kind == TypeKind::char8;
}

std::uint64_t scalar_size(TypeKind kind) {
  switch (kind) {
    case TypeKind::bool_:
    case TypeKind::char8:
    case TypeKind::int8:
    case TypeKind::uint8:
      return 1;
    case TypeKind::int16:
    case TypeKind::uint16:
    case TypeKind::char16:
      return 2;
    case TypeKind::int32:
    case TypeKind::uint32:
    case TypeKind::float32:
      return 4;
    case TypeKind::int64:
    case TypeKind::uint64:
    case TypeKind::float64:
      return 8;
    default:
      return 0;
  }
}

std::string_view kind_name(TypeKind kind) {
  static constexpr std::array<std::string_view, 30> kNames = {
      "error",  "void",   "bool",   "char",  "int8",        "uint8", "int16",    "uint16", "char16",    "int32",
      "uint32", "int64",  "uint64", "float", "double",      "string", "enum",    "struct", "array",     "fixed_array",
      "union",  "optional", "box",  "interface", "object",  "fd",    "holder",   "blob",   "stream",    "external"};
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace shmidl::sema
