#include "syntax/scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace shmidl::syntax {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_word(char c) { return begins_word(c) || is_digit(c); }

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view rest_of(const char* at, const char* end) { return {at, static_cast<std::size_t>(end - at)}; }

const char* match_number(const char* at, const char* end, ast::Expr& expr) {
  const char* next = at;
  bool floating = false;
  const bool hex = end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
  while (next != end) {
    const bool exponent = !hex && next != at && (next[-1] == 'e' || next[-1] == 'E') && (*next == '+' || *next == '-');
    if (exponent || (*next == '.' && !hex)) floating = true;
    if (!in_word(*next) && *next != '.' && !exponent) break;
    ++next;
  }
  const std::string_view text{at, static_cast<std::size_t>(next - at)};
  if (!hex && (text.find_first_of("eE") != std::string_view::npos || text.ends_with('f') || text.ends_with('F'))) floating = true;
  expr.kind = floating ? ast::ExprKind::floating : ast::ExprKind::integer;
  expr.text = text;
  return next;
}

const char* match_quoted(const char* at, const char* end, ast::Expr& expr) {
  const char quote = *at;
  for (const char* next = at + 1; next != end && *next != '\n'; ++next) {
    if (*next == quote) {
      expr.kind = quote == '"' ? ast::ExprKind::string : ast::ExprKind::character;
      expr.text.assign(at + 1, next);
      return next + 1;
    }
    if (*next == '\\' && next + 1 != end) ++next;
  }
  expr.kind = quote == '"' ? ast::ExprKind::string : ast::ExprKind::character;  // the missing end is reported with the comments
  const char* const line_end = std::find_if(at, end, [](char c) { return c == '\n' || c == ';'; });
  expr.text.assign(at + 1, line_end);
  return line_end;
}

}  // namespace

const char* match_word(const char* at, const char* end) {
  if (at == end || !begins_word(*at)) return nullptr;
  const char* const after = std::find_if_not(at, end, in_word);
  return after != end && static_cast<unsigned char>(*after) >= 0x80 ? nullptr : after;  // a letter that names do not have
}

const char* match_mark(std::string_view mark, const char* at, const char* end) {
  if (!rest_of(at, end).starts_with(mark)) return nullptr;
  const char* const after = at + mark.size();
  if (begins_word(mark[0])) return after != end && in_word(*after) ? nullptr : after;
  return mark == "=" && after != end && *after == '=' ? nullptr : after;
}

const char* match_c_type(const char* at, const char* end, std::string& normalised) {
  static constexpr std::array<std::string_view, 8> kWords = {"unsigned", "signed", "char", "short", "int", "long", "float", "double"};
  const char* matched = nullptr;
  while (true) {
    const char* const after = match_word(at, end);
    const std::string_view word{at, after == nullptr ? 0 : static_cast<std::size_t>(after - at)};
    const bool sign = normalised == "unsigned" || normalised == "signed";
    const bool type = contains(kWords, word) || (sign && (word == "bool" || word == "string" || word == "size_t" || word.ends_with("_t")) &&
                                                 match_word(skip_blank(after, end), end) != nullptr);
    if (after == nullptr || !type) return matched;
    normalised += (normalised.empty() ? "" : " ") + std::string{at, after};
    matched = after;
    at = skip_blank(after, end);
  }
}

const char* match_literal(const char* at, const char* end, ast::Expr& expr) {
  if (at == end) return nullptr;
  if (is_digit(*at) || (*at == '.' && end - at > 1 && is_digit(at[1]))) return match_number(at, end, expr);
  if (*at == '"' || *at == '\'') return match_quoted(at, end, expr);
  for (const std::string_view word : {"true", "false"}) {
    const char* const after = match_mark(word, at, end);
    if (after == nullptr) continue;
    expr.kind = ast::ExprKind::boolean;
    expr.text = word;
    return after;
  }
  return nullptr;
}

std::string_view match_prefix(const char* at, const char* end) {
  return at != end && (*at == '+' || *at == '-' || *at == '!' || *at == '~') ? std::string_view{at, 1} : std::string_view{};
}

std::string_view match_infix(const char* at, const char* end) {
  static constexpr std::array<std::string_view, 18> kOperators = {"||", "&&", "==", "!=", "<=", ">=", "<<", ">>", "|",
                                                                  "^",  "&",  "<",  ">",  "+",  "-",  "*",  "/",  "%"};
  for (const std::string_view text : kOperators)
    if (rest_of(at, end).starts_with(text)) return text;
  return {};
}

bool is_reserved(ast::Dialect dialect, std::string_view word) {
  static constexpr std::array<std::string_view, 12> kBoth = {"interface", "enum", "union", "const",  "package", "import",
                                                             "in",        "out",  "inout", "oneway", "true",    "false"};
  static constexpr std::array<std::string_view, 10> kIdl = {"struct", "typedef", "unsigned", "signed", "char",
                                                            "short",  "int",     "long",     "float",  "double"};
  static constexpr std::array<std::string_view, 1> kAidl = {"parcelable"};
  return contains(kBoth, word) || (dialect == ast::Dialect::idl ? contains(kIdl, word) : contains(kAidl, word));
}

}  // namespace shmidl::syntax
