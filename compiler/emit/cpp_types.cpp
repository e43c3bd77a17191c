#include "emit/cpp_types.hpp"

#include <array>
#include <charconv>
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
std::string name_of(const Json& type) { return type.at("cpp_name").get<std::string>(); }
bool has_declaration(const std::string& kind) { return kind == "struct" || kind == "enum"; }

std::string fixed_array(const Json& type, const std::string& element) {
  return "std::array<" + element + ", " + std::to_string(type.at("length").get<std::uint64_t>()) + ">";
}

std::string floating(double value, bool single) {
  std::array<char, 64> buffer{};
  const auto end = single ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<float>(value)).ptr
                          : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return single ? text + "f" : text;
}

bool is_plain(std::int64_t c) { return c >= 0x20 && c < 0x7F && c != '\'' && c != '\\'; }

std::string integer(const std::string& kind, const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return std::to_string(value.get<std::uint64_t>()) + "U";
  const auto number = value.get<std::int64_t>();
  if (number == INT64_MIN) return "-9223372036854775807 - 1";
  if ((kind == "char" || kind == "char16") && is_plain(number))
    return (kind == "char" ? "'" : "u'") + std::string(1, static_cast<char>(number)) + "'";
  if (kind == "char") return "static_cast<char>(" + std::to_string(number) + ")";
  return std::to_string(number);
}

}  // namespace

std::string value_type(const Json& type) {
  const std::string kind = kind_of(type);
  if (has_declaration(kind)) return name_of(type);
  if (kind == "string") return "std::string";
  if (kind == "array") return (is_flat(type.at("element")) ? "::shmidl::Array<" : "std::vector<") + value_type(type.at("element")) + ">";
  if (kind == "fixed_array") return fixed_array(type, value_type(type.at("element")));
  return scalar(kind);
}

std::string view_type(const Json& type) {
  const std::string kind = kind_of(type);
  if (kind == "struct") return name_of(type) + (is_flat(type) ? "" : "::View");
  if (kind == "string") return "std::string_view";
  if (kind == "array" && is_flat(type.at("element"))) return "std::span<const " + value_type(type.at("element")) + ">";
  if (kind == "fixed_array" && is_flat(type)) return value_type(type);
  if (kind == "array" || kind == "fixed_array") return "::shmidl::List<" + view_type(type.at("element")) + ">";
  return value_type(type);
}

std::string in_type(const Json& type) {
  const std::string kind = kind_of(type);
  const bool by_value = kind == "string" || kind == "enum" || (kind == "array" && is_flat(type.at("element"))) || !scalar(kind).empty();
  return by_value ? view_type(type) : "const " + view_type(type) + "&";
}

std::string constant_type(const Json& type) { return kind_of(type) == "string" ? "std::string_view" : value_type(type); }

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += std::string{'\\', c};
    } else if (c == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      const auto byte = static_cast<unsigned char>(c);
      result += '\\';
      result += static_cast<char>('0' + (byte >> 6U));
      result += static_cast<char>('0' + ((byte >> 3U) & 7U));
      result += static_cast<char>('0' + (byte & 7U));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string literal(const Json& type, const Json& value) {
  const std::string kind = kind_of(type);
  if (value.is_array()) {
    std::string list;
    for (const Json& element : value) list += (list.empty() ? "" : ", ") + literal(type.at("element"), element);
    return value_type(type) + "{" + list + "}";
  }
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_object()) return value.at("cpp_name").get<std::string>();
  if (kind == "float" || kind == "double") return floating(value.get<double>(), kind == "float");
  if (!value.is_string()) return integer(kind, value);
  const auto text = value.get<std::string>();
  if (text.find('\0') == std::string::npos) return quoted(text);
  return constant_type(type) + "{" + quoted(text) + ", " + std::to_string(text.size()) + "}";
}

}  // namespace shmidl::emit
