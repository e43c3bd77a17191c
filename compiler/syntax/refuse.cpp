#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "syntax/refuse.hpp"

namespace shmidl::syntax {
namespace {

/// The end of the bracket group that opens at `at`, or the end of the text.
const char* close_of(const char* at, const char* end) {
  int depth = 0;
  for (; at != end; ++at) {
    if (*at == '(') ++depth;
    if (*at == ')' && --depth == 0) return at + 1;
    if (*at == ';' || *at == '{' || *at == '}') return at;
  }
  return end;
}

/// What `#define NAME value` is in this language.
std::string macro_help(State& state, const char* name, const char* end) {
  const char* const name_end = match_word(name, end);
  if (name_end == nullptr) return "remove it";
  const std::string text{name, name_end};
  state.lost.push_back(text);
  if (name_end != end && *name_end == '(') return "remove it: constants are not computed by macros";
  ast::Expr value;
  const char* const begin = skip_blank(name_end, end);
  const char* const literal = match_literal(begin, end, value);
  if (literal == nullptr || skip_blank(literal, end) != end) return "write `const int " + text + " = value;`";
  const bool string = value.kind == ast::ExprKind::string;
  return "write `const " + std::string{string ? "string" : value.kind == ast::ExprKind::floating ? "double" : "int"} + " " + text + " = " +
         std::string{begin, literal} + ";`";
}

}  // namespace

void refuse(State& state, const char* begin, const char* end, std::string message, std::string help) {
  state.sink.report(
      {diag::Code::c_construct, {state.file, state.offset(begin), state.offset(end)}, std::move(message), {}, std::move(help), {}});
}

const char* past_group(const char* at, const char* end) {
  for (int depth = 0; (at = skip_blank(at, end)) != end;) {
    const char c = *at;
    at = token_end(at, end);
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth <= 0) return at;
  }
  return end;
}

const char* refuse_preprocessor(State& state, const char* at, const char* end) {
  if (at == end || *at != '#') return nullptr;
  const char* line_end = std::find(at, end, '\n');
  while (line_end != end && line_end != at && line_end[-1] == '\\') line_end = std::find(line_end + 1, end, '\n');
  const char* const word = skip_blank(at + 1, line_end);
  const char* const word_end = match_word(word, line_end);
  const std::string directive = word_end == nullptr ? "" : std::string{word, word_end};
  std::string help = "remove it: one text of an interface serves all of its users";
  if (directive == "include") help = "write `import \"path\";`";
  if (directive == "include") state.incomplete = state.members_incomplete = true;  // what it would have declared
  if (directive == "define") help = macro_help(state, skip_blank(word_end, line_end), line_end);
  if (directive == "pragma" || directive == "ifndef" || directive == "endif")
    help = "remove it: a file is read once however often it is imported";
  refuse(state, at, word_end == nullptr ? at + 1 : word_end, "interfaces have no preprocessor", help);
  return line_end;
}

const char* refuse_bit_field(State& state, const char* at, const char* end) {
  if (at == end || *at != ':') return nullptr;
  const char* const after = std::find_if(at, end, [](char c) { return c == ';' || c == ',' || c == ')' || c == '}' || c == '\n'; });
  refuse(state, at, after, "a value has the width of its type, not of some bits",
         "write a smaller integer type, or one integer and constants for its bits");
  return after;
}

const char* refuse_function_pointer(State& state, const char* at, const char* end) {
  if (at == end || *at != '(') return nullptr;
  const char* const star = skip_blank(at + 1, end);
  if (star == end || *star != '*') return nullptr;
  const char* after = close_of(at, end);
  const char* const next = skip_blank(after, end);
  if (next != end && *next == '(') after = close_of(next, end);
  refuse(state, at, after, "a function does not travel between processes",
         "declare an interface with the method that is to be called back");
  return after;
}

const char* refuse_varargs(State& state, const char* at, const char* end) {
  const char* const after = match_mark("...", at, end);
  if (after == nullptr) return nullptr;
  refuse(state, at, after, "a method has a fixed list of parameters", "write an array, such as `const string args[]`");
  return after;
}

const char* refuse_semicolon(State& state, const char* at, const char* end) {
  if (at == end || *at != ';') return nullptr;
  if (!state.astray)
    state.sink.report({diag::Code::syntax,
                       {state.file, state.offset(at), state.offset(at) + 1},
                       "expected a declaration, found `;`",
                       {},
                       "remove the `;`: AIDL has none after `}`",
                       {}});
  return at + 1;
}

const char* refuse_stray_brace(State& state, const char* at, const char* end) {
  if (at == end || *at != '}') return nullptr;
  const char* const next = skip_blank(at + 1, end);
  const char* const after = next != end && *next == ';' ? next + 1 : at + 1;
  if (state.namespaces > 0) {
    --state.namespaces;
    return after;
  }
  if (!std::exchange(state.astray, true))
    state.sink.report({diag::Code::syntax,
                       {state.file, state.offset(at), state.offset(at) + 1},
                       "expected a declaration, found `}`: no `{` is open here",
                       {},
                       "remove it, or look for a `}` too many above",
                       {}});
  state.incomplete = true;
  return after;
}

const char* refuse_body(State& state, const char* at, const char* end) {
  if (at == end || *at != '{') return nullptr;
  refuse(state, at, at + 1, "a method has no body in an interface", "end it with `;`; the server's class, in C++, has the body");
  const char* const after = past_group(at, end);
  const char* const next = skip_blank(after, end);
  return next != end && *next == ';' ? next + 1 : after;
}

const char* refuse_no_value(State& state, const char* at, const char* end) {
  if (at == end || *at != ';') return nullptr;
  state.sink.report({diag::Code::syntax,
                     {state.file, state.offset(at), state.offset(at) + 1},
                     "a constant needs a value",
                     {},
                     "write `= value` before the `;`",
                     {}});
  return at;
}

const char* refuse_bare_constant(State& state, const char* at, const char* end) {
  if (match_mark("const", at, end) == nullptr) return nullptr;
  int words = 0;
  const auto continues = [&](char c) { return c == '*' || c == '[' || std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const char* name = at;
  for (; at != end && continues(*at) && std::isdigit(static_cast<unsigned char>(*at)) == 0; at = skip_blank(at, end)) {
    if (*at != '*' && *at != '[') {
      ++words;
      name = at;
    }
    at = *at == '[' ? past_group(at, end) : token_end(at, end);
  }
  if (at == end) return nullptr;
  const bool literal = std::isdigit(static_cast<unsigned char>(*at)) != 0 || *at == '"' || *at == '\'';
  if (literal && words > 1)
    report_expected(state, at, words == 2 ? "the name of the constant" : "`=`");
  else if (*at == '=' && words == 2)
    state.sink.report({diag::Code::syntax,
                       {state.file, state.offset(name), state.offset(match_word(name, end))},
                       "a constant has a type and a name",
                       {},
                       "write `const int " + std::string{name, match_word(name, end)} + "`",
                       {}});
  else if (words < 3 || refuse_no_value(state, at, end) == nullptr)
    return nullptr;
  state.incomplete = state.members_incomplete = true;
  return resume_in_block(state, at);
}

const char* refuse_default(State& state, const char* at, const char* end) {
  if (at == end || *at != '=') return nullptr;
  const char* last = at + 1;
  for (const char* next = skip_blank(last, end); next != end && std::string_view{",);{}"}.find(*next) == std::string_view::npos;
       next = skip_blank(last, end))
    last = *next == '(' || *next == '[' ? past_group(next, end) : token_end(next, end);
  refuse(state, at, last, "a parameter has no default: every call gives every value", "remove it, or declare a second method");
  return last;
}

}  // namespace shmidl::syntax
