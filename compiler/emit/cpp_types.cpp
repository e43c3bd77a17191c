#include "emit/cpp_types.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace shmidl::emit {
namespace {

std::string scalar(std::string_view kind) {
  using Pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array kNames = {Pair{"void", "void"},
                                        Pair{"bool", "bool"},
                                        Pair{"char", "char"},
                                        Pair{"int8", "std::int8_t"},
                                        Pair{"uint8", "std::uint8_t"},
                                        Pair{"int16", "std::int16_t"},
                                        Pair{"uint16", "std::uint16_t"},
                                        Pair{"char16", "char16_t"},
                                        Pair{"int32", "std::int32_t"},
                                        Pair{"uint32", "std::uint32_t"},
                                        Pair{"int64", "std::int64_t"},
                                        Pair{"uint64", "std::uint64_t"},
                                        Pair{"float", "float"},
                                        Pair{"double", "double"}};
  for (const Pair& pair : kNames)
    if (pair.first == kind) return std::string{pair.second};
  return {};
}

std::string kind_of(const Json& type) { return type.at("kind").get<std::string>(); }
bool is_flat(const Json& type) { return type.at("flat").get<bool>(); }
bool has_declaration(const std::string& kind) { return kind == "struct" || kind == "enum" || kind == "union" || kind == "external"; }

/// Handles are held the same way wherever they stand; empty for anything else.
std::string handle(const Json& type, const std::string& kind) {
  if (kind == "interface") return "std::shared_ptr<" + type_name(type) + ">";
  return kind == "object" ? "std::shared_ptr<::shmidl::Object>" : std::string{};
}

std::string fixed_array(const Json& type, const std::string& element) {
  return "std::array<" + element + ", " + std::to_string(type.at("length").get<std::uint64_t>()) + ">";
}

}  // namespace

std::string type_name(const Json& type) {
  auto name = type.at("cpp_name").get<std::string>();
  if (!type.contains("arguments") || type.at("arguments").empty()) return name;
  std::string arguments;
  for (const Json& argument : type.at("arguments")) arguments += (arguments.empty() ? "" : ", ") + value_type(argument);
  return name + "<" + arguments + ">";
}

std::string value_type(const Json& type) {
  const std::string kind = kind_of(type);
  if (has_declaration(kind)) return type_name(type);
  if (kind == "string") return "std::string";
  if (kind == "array") return (is_flat(type.at("element")) ? "::shmidl::Array<" : "std::vector<") + value_type(type.at("element")) + ">";
  if (kind == "fixed_array") return fixed_array(type, value_type(type.at("element")));
  if (kind == "optional") return "std::optional<" + value_type(type.at("element")) + ">";
  if (kind == "box") return "::shmidl::Box<" + value_type(type.at("element")) + ">";
  if (kind == "stream") return "::shmidl::Stream<" + value_type(type.at("element")) + ">";
  if (kind == "fd") return "::shmidl::Fd";
  if (kind == "blob") return "::shmidl::Blob";
  if (kind == "holder") return "::shmidl::Holder";
  if (std::string held = handle(type, kind); !held.empty()) return held;
  return scalar(kind);
}

std::string view_type(const Json& type) {
  const std::string kind = kind_of(type);
  if (kind == "struct") return type_name(type) + (is_flat(type) ? "" : "::View");
  if (kind == "union") return type_name(type) + "::View";
  if (kind == "string") return "std::string_view";
  if (kind == "array" && is_flat(type.at("element"))) return "std::span<const " + value_type(type.at("element")) + ">";
  if (kind == "fixed_array" && is_flat(type)) return value_type(type);
  if (kind == "array" || kind == "fixed_array") return "::shmidl::List<" + view_type(type.at("element")) + ">";
  if (kind == "optional") return "std::optional<" + view_type(type.at("element")) + ">";
  if (kind == "box") return "::shmidl::BoxView<" + view_type(type.at("element")) + ">";
  if (kind == "fd") return "::shmidl::FdView";
  return value_type(type);
}

std::string in_type(const Json& type) {
  const std::string kind = kind_of(type);
  if (kind == "fd") return "const ::shmidl::Fd&";
  if (kind == "box") return "const std::optional<" + view_type(type.at("element")) + ">&";
  const bool by_value = kind == "string" || kind == "enum" || kind == "interface" || kind == "object" ||
                        (kind == "array" && is_flat(type.at("element"))) || !scalar(kind).empty();
  return by_value ? view_type(type) : "const " + view_type(type) + "&";
}

std::string codec_type(const Json& type) {
  if (kind_of(type) == "stream") return "::shmidl::Stream<" + codec_type(type.at("element")) + ">";
  const Json& bounded = kind_of(type) == "optional" ? type.at("element") : type;
  if (!bounded.contains("max_size") || bounded.at("max_size").is_null()) return value_type(type);
  return "::shmidl::stub::Bounded<" + value_type(type) + ", " + bounded.at("max_size").dump() + ">";
}

std::string constant_type(const Json& type, const Json& value) {
  const std::string kind = kind_of(type);
  if (kind == "string") return "std::string_view";
  if (kind != "array" && kind != "fixed_array") return value_type(type);
  const Json& first = value.empty() ? Json() : value.at(0);
  return "std::array<" + constant_type(type.at("element"), first) + ", " + std::to_string(value.size()) + ">";
}

}  // namespace shmidl::emit
