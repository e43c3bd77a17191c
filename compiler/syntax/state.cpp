#include "syntax/state.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace shmidl::syntax {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

const char* token_end(const char* at, const char* end) {
  if (at == end) return at;
  if (is_word(*at)) return std::find_if_not(at, end, [](char c) { return is_word(c) || is_foreign(c); });
  if (*at == '"' || *at == '\'') {
    const char quote = *at;
    for (const char* next = at + 1; next != end && *next != '\n'; ++next) {
      if (*next == quote) return next + 1;
      if (*next == '\\' && next + 1 != end) ++next;
    }
    return std::find(at, end, '\n');
  }
  if (is_foreign(*at)) return std::find_if_not(at, end, [](char c) { return is_word(c) || is_foreign(c); });
  return at + 1;
}

const char* skip_blank(const char* at, const char* end) {
  while (at != end) {
    if (is_space(*at)) {
      ++at;
    } else if (*at == '/' && end - at > 1 && at[1] == '/') {
      at = std::find(at, end, '\n');
    } else if (*at == '/' && end - at > 1 && at[1] == '*') {
      const std::string_view rest{at, static_cast<std::size_t>(end - at)};
      const std::size_t close = rest.find("*/", 2);
      at = close == std::string_view::npos ? end : at + close + 2;
    } else {
      break;
    }
  }
  return at;
}

Found token_at(const State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  at = skip_blank(at, end);
  const std::uint32_t begin = state.offset(at);
  if (at == end) return {"the end of the file", begin, begin};
  const char* const after = token_end(at, end);
  constexpr std::ptrdiff_t kLongest = 60;  // of a token in a message; chosen, not measured
  if (after - at > kLongest) {
    const char* cut = at + kLongest;
    while ((static_cast<unsigned char>(*cut) & 0xC0U) == 0x80U) --cut;
    return {"`" + std::string{at, cut} + "…`", begin, state.offset(after)};
  }
  const std::string text{at, after};
  if (!text.empty() && static_cast<unsigned char>(text[0]) < 0x20) return {"a control character", begin, state.offset(after)};
  return {"`" + text + "`", begin, state.offset(after)};
}

bool opens_declaration(std::string_view word) {
  static constexpr std::array<std::string_view, 9> kWords = {"interface",  "struct",  "enum",   "union", "typedef",
                                                             "parcelable", "package", "import", "oneway"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool opens_block(const State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  while ((at = skip_blank(at, end)) != end && *at != ';' && *at != '{' && *at != '}') at = token_end(at, end);
  return at != end && *at == '{';
}

namespace {

/// Out of the lists of values that are open at `at`: behind their last `}`, or before what no list holds.
const char* leave_lists(State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  for (int depth = std::exchange(state.lists, 0); depth > 0 && (at = skip_blank(at, end)) != end;) {
    const char* const after = token_end(at, end);
    if (*at == ';' || opens_declaration({at, static_cast<std::size_t>(after - at)})) break;
    if (*at == '{') ++depth;
    if (*at == '}') --depth;
    at = after;
  }
  return at;
}

}  // namespace

const char* resume_in_block(State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  at = leave_lists(state, at);
  for (int depth = 0; (at = skip_blank(at, end)) != end;) {
    const char c = *at;
    if (c == '}' && depth == 0) return at;
    at = token_end(at, end);
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) {
      const char* const next = skip_blank(at, end);
      return next != end && *next == ';' ? next + 1 : at;
    }
    if (c == ';' && depth == 0) return at;
  }
  return end;
}

const char* end_of_block(State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  at = leave_lists(state, at);
  for (int depth = 0; (at = skip_blank(at, end)) != end; at = token_end(at, end)) {
    if (*at == '}' && depth-- == 0) return at;
    if (*at == '{') ++depth;
  }
  return end;
}

const char* resume_at_top(State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  at = leave_lists(state, at);
  const char* const start = skip_blank(at, end);
  for (int depth = 0; (at = skip_blank(at, end)) != end;) {
    const char c = *at;
    const char* const after = token_end(at, end);
    if (depth == 0 && at != start && opens_declaration({at, static_cast<std::size_t>(after - at)})) return at;
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == '}' && depth <= 0) {
      const char* const next = skip_blank(after, end);
      return next != end && *next == ';' ? next + 1 : after;
    }
    if (c == ';' && depth == 0) return after;
    at = after;
  }
  return end;
}

}  // namespace shmidl::syntax
