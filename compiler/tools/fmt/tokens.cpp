#include "tools/fmt/tokens.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "syntax/scan.hpp"

namespace shmidl::tools::fmt {
namespace {

constexpr std::size_t kTab = 4;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

/// `>>` is left as two: it also closes two lists of type arguments.
std::size_t mark_size(std::string_view rest) {
  static constexpr std::array<std::string_view, 7> kLong = {"||", "&&", "==", "!=", "<=", ">=", "<<"};
  for (const std::string_view mark : kLong)
    if (rest.starts_with(mark)) return mark.size();
  return 1;
}

Token read(std::string_view rest) {
  if (rest.starts_with("//")) return {Kind::comment, rest.substr(0, rest.find('\n'))};
  if (rest.starts_with("/*")) {
    const std::size_t close = rest.find("*/", 2);
    return {Kind::comment, rest.substr(0, close == std::string_view::npos ? close : close + 2)};
  }
  const char* const begin = rest.data();
  const char* const end = begin + rest.size();
  if (const char* const after = syntax::match_word(begin, end)) return {Kind::word, {begin, after}};
  ast::Expr ignored;
  if (const char* const after = syntax::match_literal(begin, end, ignored)) return {Kind::literal, {begin, after}};
  return {Kind::mark, rest.substr(0, mark_size(rest))};
}

std::string without_spaces(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result), [](char c) { return !is_space(c); });
  return result;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t column = 0;
  std::size_t line_ends = 1;  // the text begins a line, but no empty line stands before it
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      if (text[at] == '\n') ++line_ends;
      column = text[at] == '\n' ? 0 : text[at] == '\t' ? (column / kTab + 1) * kTab : column + 1;
      ++at;
      continue;
    }
    Token token = read(text.substr(at));
    token.column = column;
    token.first = line_ends > 0;
    token.blank_before = line_ends > 1 && !tokens.empty();
    if (!tokens.empty()) tokens.back().last = token.first;
    at += token.text.size();
    for (const char c : token.text) column = c == '\n' ? 0 : c == '\t' ? (column / kTab + 1) * kTab : column + 1;
    tokens.push_back(token);
    line_ends = 0;
  }
  if (!tokens.empty()) tokens.back().last = true;
  return tokens;
}

bool same_tokens(std::string_view left, std::string_view right) {
  const std::vector<Token> a = tokens_of(left);
  const std::vector<Token> b = tokens_of(right);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Token& x, const Token& y) {
    if (x.kind != y.kind) return false;
    return x.comment() ? without_spaces(x.text) == without_spaces(y.text) : x.text == y.text;
  });
}

}  // namespace shmidl::tools::fmt
