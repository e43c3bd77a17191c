#include <shmidl/blob.hpp>
#include <shmidl/stub/text.hpp>

#include <shmidl/fd.hpp>
#include <shmidl/holder.hpp>

#include <charconv>

namespace shmidl::stub {
namespace {

template <class T>
void add_number(std::string& to, T value) {
  std::array<char, 40> digits;  // the longest shortest double has 24
  to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

}  // namespace

Text::Text(std::string_view type) : text_(type) { text_ += '{'; }

std::string Text::take() {
  text_ += '}';
  return std::move(text_);
}

void Text::begin(std::string_view name) {
  if (!first_) text_ += ", ";
  first_ = false;
  text_ += name;
  text_ += '=';
}

void Text::add_bool(std::string& to, bool value) { to += value ? "true" : "false"; }
void Text::add_signed(std::string& to, std::int64_t value) { add_number(to, value); }
void Text::add_unsigned(std::string& to, std::uint64_t value) { add_number(to, value); }
void Text::add_float(std::string& to, float value) { add_number(to, value); }
void Text::add_double(std::string& to, double value) { add_number(to, value); }

void Text::add_quoted(std::string& to, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  to += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (c == '\t') {
      to += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      to += "\\x";
      to += kHex[byte >> 4];
      to += kHex[byte & 15];
    } else {
      to += c;
    }
  }
  to += '"';
}

void Text::add_rest(std::string& to, std::size_t more) {
  to += ", ... ";
  add_number(to, more);
  to += " more";
}

void Text::add_compound(std::string& to, const Blob& value) {
  to += "blob of ";
  add_unsigned(to, value.size());
  to += " bytes";
}

void Text::add_compound(std::string& to, const Fd& value) {
  if (!value) {
    to += "null";
    return;
  }
  to += "fd ";
  add_number(to, value.get());
}

void Text::add_compound(std::string& to, const Holder& value) {
  if (value) to += value.name();
  else to += "null";
}

}  // namespace shmidl::stub
