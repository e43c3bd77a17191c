#include <array>
#include <charconv>

#include "emit/cpp_types.hpp"

namespace shmidl::emit {
namespace {

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

/// A fixed array is a struct around an array: two pairs of braces.
std::string elements(const Json& type, const Json& list) {
  std::string text;
  for (const Json& value : list) text += (text.empty() ? "" : ", ") + literal(type.at("element"), value);
  if (list.empty()) return "{}";
  return type.at("kind") == "fixed_array" ? "{{" + text + "}}" : "{" + text + "}";
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || (c == '?' && result.back() == '?')) {  // of two question marks a trigraph could come
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
  const auto kind = type.at("kind").get<std::string>();
  if (kind == "optional" || kind == "box") return literal(type.at("element"), value);
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_array()) return elements(type, value);
  if (value.is_object()) return value.at("cpp_name").get<std::string>();
  if (kind == "float" || kind == "double") return floating(value.get<double>(), kind == "float");
  if (!value.is_string()) return integer(kind, value);
  const auto text = value.get<std::string>();
  if (text.find('\0') == std::string::npos) return quoted(text);
  return (kind == "string" ? "std::string_view{" : "{") + quoted(text) + ", " + std::to_string(text.size()) + "}";
}

}  // namespace shmidl::emit
