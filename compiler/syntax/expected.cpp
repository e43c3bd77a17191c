#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "diag/suggest.hpp"
#include "syntax/refuse.hpp"
#include "syntax/scan.hpp"
#include "syntax/state.hpp"

// What a syntax error says: what was expected, what stands there, and, where a habit of another language shows, what was meant.
namespace shmidl::syntax {
namespace {

/// The fault, and the tokens around it.
struct Place {
  const State& state;
  std::string_view expected;
  std::string_view found;   ///< the token at the fault; empty at the end of the text
  std::string_view before;  ///< the token before it
  std::string_view after;   ///< the token behind it
  std::string_view earlier; ///< the token before `before`

  [[nodiscard]] bool wants(std::string_view what) const { return expected.find(what) != std::string_view::npos; }
  /// Behind the `=` of a member.
  [[nodiscard]] bool in_value() const {
    const std::string_view head = state.text.substr(0, static_cast<std::size_t>(before.data() - state.text.data()));
    const std::size_t last = head.find_last_of("=;{}");
    return last != std::string_view::npos && head[last] == '=';
  }
  /// `a/b` for the dotted name that stands there.
  [[nodiscard]] std::string as_path() const {
    std::string_view rest = state.text.substr(static_cast<std::size_t>(found.data() - state.text.data()));
    const std::size_t end = std::min(rest.find_first_of(" \t\r\n;\"/*"), rest.size());
    std::string path{rest.substr(0, end)};
    std::replace(path.begin(), path.end(), '.', '/');
    return path;
  }
  [[nodiscard]] bool aidl() const { return state.dialect == ast::Dialect::aidl; }
};

/// A message of its own, where there is one, and a help.
struct Advice {
  std::string message;
  std::string help;
};

bool is_word(std::string_view token) { return !token.empty() && match_word(token.data(), token.data() + token.size()) != nullptr; }
/// A word whose beginning does not matter, such as `2nd`.
bool is_word_like(std::string_view token) {
  return token.size() > 1 && std::any_of(token.begin(), token.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}
bool is_direction(std::string_view token) { return token == "in" || token == "out" || token == "inout"; }

template <std::size_t N>
bool is_one_of(std::string_view token, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), token) != list.end();
}

bool names_builtin(std::string_view token) {
  static constexpr std::array<std::string_view, 13> kTypes = {"void", "bool",  "boolean", "byte",   "char",   "short", "int",
                                                              "long", "float", "double",  "string", "String", "size_t"};
  return is_one_of(token, kTypes);
}

Advice about_names(const Place& p) {
  const std::string found{p.found};
  if (is_direction(p.found) && is_word(p.after)) return {"`" + found + "` stands before the type", "move it before the type"};
  if (p.found.starts_with('"') && p.wants("type to import")) return {{}, "write the path with dots, as in `import a.b.Type;`"};
  if (p.found == "." && p.after == ".") return {"a method has a fixed list of parameters", "write an array"};
  if (p.found.starts_with('"')) return {{}, "remove the quotes"};
  if (std::isdigit(static_cast<unsigned char>(p.found.front())) != 0 && is_word_like(p.found))
    return {{}, "a name begins with a letter or `_`"};
  if (p.found == "$") return {"`$` is not part of a name", "names have letters, digits and `_`"};
  if (p.found == "?") return {{}, "write `@nullable` before the type"};
  if (p.found == ":") return {{}, "write the type first: `int name`"};
  if (p.found == "@") return {"an annotation stands before the type", "move it before the type"};
  if (p.found == "*" && p.before == ".") return {"an `import` names one type", "write one `import` for each type"};
  if (p.before == "void" && p.found == ")") return {"`void` is not the type of a parameter", "write `()` where there are no parameters"};
  if (p.before == "," && is_word(p.after) && p.wants("field")) return {"fields are separated by `;`, not by `,`", "write each field on its own"};
  if (p.found == "(" && is_word(p.before) && !names_builtin(p.before) && p.wants("method"))
    return {"a method has a type and a name", "write `void` before it for one without a result"};
  if (p.found == "=" && p.wants("name of the constant")) return {"a constant has a type and a name", "write `const int " + std::string{p.before} + "`"};
  if (p.wants("beside its")) return {"the name of an annotation stands beside its `@`", "remove the blank"};
  if (p.before == "stream") return {"a stream is the result of a method", "remove `stream`"};
  if (is_reserved(p.state.dialect, p.found) && (!names_builtin(p.found) || p.after == "{") && !p.wants("annotation"))
    return {"`" + found + "` is a word of the language, and cannot be " + std::string{p.expected}, "give it another name"};
  return {};
}

/// The word that a typing error in `interfce Foo {` was meant to be.
std::string declaration_word(ast::Dialect dialect, std::string_view found, std::string_view after) {
  if (!is_word(after) && !after.starts_with('"')) return {};
  const std::vector<std::string> idl = {"interface", "struct", "enum", "union", "typedef", "package", "import", "const"};
  const std::vector<std::string> aidl = {"interface", "parcelable", "enum", "union", "package", "import"};
  const std::string near = diag::suggest(found, dialect == ast::Dialect::aidl ? aidl : idl);
  return near.empty() ? near : "write `" + near + "`";
}

std::string_view token_text(const char* at, const char* end) {
  at = skip_blank(at, end);
  return {at, static_cast<std::size_t>(token_end(at, end) - at)};
}

/// `int x[3]` in AIDL, or a word before a type that is no direction.
Advice about_array(const Place& p) {
  const char* const end = p.state.text.data() + p.state.text.size();
  const char* const group_end = past_group(p.found.data(), end);
  const std::string brackets{p.found.data(), group_end};
  if (is_word(token_text(group_end, end))) return {{}, "write `in`, `out` or `inout` in place of `" + std::string{p.earlier} + "`"};
  if (!is_word(p.earlier) || brackets.find('\n') != std::string::npos) return {"the size of an array stands behind its type", {}};
  return {"the size of an array stands behind its type", "write `" + std::string{p.earlier} + brackets + " " + std::string{p.before} + "`"};
}

/// Inside of a comment that ended before `end`, where a second one begins; comments do not nest.
std::size_t nested_comment(std::string_view gap) {
  const std::size_t open = gap.find("/*");
  if (open == std::string_view::npos) return open;
  const std::size_t second = gap.find("/*", open + 2);
  return second < gap.find("*/", open + 2) ? second : std::string_view::npos;
}

Advice about_separators(const Place& p) {
  if (p.wants("a parameter") && is_direction(p.found) && is_direction(p.after))
    return {"a parameter has one direction", p.found != p.after ? "write `inout`" : "write `" + std::string{p.found} + "` once"};
  if (p.earlier == "stream" && is_word(p.before) && is_word(p.found)) return {"a stream is the result of a method", "remove `stream`"};
  if (p.wants("`,` or `)`") && is_word(p.before) && is_word(p.earlier) && !names_builtin(p.earlier))
    if (const std::string near = diag::suggest(p.earlier, {"in", "out", "inout"}); !near.empty()) return {{}, "write `" + near + "`"};
  if (p.expected == "`;`" && p.before == ")" && (p.found == "throw" || p.found == "raises")) return {{}, "write `throws A, B`, without parentheses"};
  if (p.expected == "`;`" && p.before == "}" && is_word(p.found) && (p.after == ";" || p.after == "["))
    return {"a type is declared on its own", "write `};`, and the member after it: `TYPE " + std::string{p.found} + ";`"};
  if (p.expected == "`;`" && p.before == "new") return {"a value is a constant", "remove it"};
  if (p.expected == "`;`" && p.found == "as") return {"an `import` gives no other name", "remove it, and write the name of the type where it is used"};
  if (p.expected == "a value" && p.found == "[") return {"a list of values stands in braces", "write `{1, 2}`"};
  if (p.expected == "`{` or `;`" && is_word(p.found)) {
    const std::string near = diag::suggest(p.found, {"cpp_header", "ndk_header", "rust_type"});
    return {{}, near.empty() ? near : "write `" + near + "`"};
  }
  if (p.expected == "`{`" && p.found == ":" && p.aidl())
    return {{}, "write `@Backing(type=\"int\")` before the enum for the type that stores it"};
  if (p.wants("`,` or `}`") && p.found == "(" && p.state.lists == 0) return {{}, "write `" + std::string{p.before} + " = …`"};
  if (p.wants("a declaration") && is_word(p.found)) return {{}, declaration_word(p.state.dialect, p.found, p.after)};
  if (p.found == "-" && (p.expected == "`(`" || p.expected == "`;`") && is_word(p.before) && is_word(p.after))
    return {{}, "write `_`: names have letters, digits and `_`"};
  if (p.found.starts_with('"') && p.before.ends_with('"')) return {{}, p.state.lists > 0 ? "write `,` between two values" : "write `+` between two strings"};
  if (p.found == "~" && (p.wants("a member") || p.wants("name of the method")))
    return {"an interface has no destructor", "remove it: an object lives as long as somebody holds it"};
  if (p.found == "(" && p.before == "sizeof") return {"an expression has no `sizeof`", "write the number"};
  if (p.expected == "`;`" && p.before == ")" && p.in_value() && names_builtin(p.earlier)) return {"an expression has no casts", "remove it: a value has the type of its place"};
  if (p.found == "?" && p.expected == "`;`") return {"an expression has no `?:`", "write one of the two values"};
  if (p.expected == "`)`" && p.found == ",") return {{}, "write `{1, 2}` for a list of values"};
  if (p.wants("`,` or `}`") && p.state.lists > 0) {
    if (p.before == "{" || p.before == ",") return {"expected a value or `}`, found `" + std::string{p.found} + "`", {}};
    return {{}, p.found == ";" ? "close the list of values with `}`" : ""};
  }
  if (p.wants("`,` or `}`") && (p.before == "{" || p.before == ","))
    return {"expected the name of an enumerator, found `" + std::string{p.found} + "`", {}};
  if (p.before == "operator") return {"a method has a name, not an operator", "give it a name"};
  if (p.expected == "`(`" && (p.found == ";" || p.found == "=" || p.found == "," || p.found == "["))
    return {"an interface has methods and constants, no fields",
            p.found == "=" ? "write `const` before it" : "write `()` for a method, or put the field into a " + std::string{p.aidl() ? "parcelable" : "struct"}};
  if ((p.expected == "`;`" || p.wants("`,` or `)`")) && p.aidl() && p.found == "[" && is_word(p.before)) return about_array(p);
  if (p.expected == "`;`" && p.found == "," && p.aidl()) return {{}, "declare each field on its own"};
  if (p.expected == "`;`" && p.found == "(" && is_word(p.before) && !p.in_value()) return {"only an interface has methods", "declare it in an interface"};
  if (p.expected == "`;`" && p.before == "}") return {{}, "write `};`"};
  if (p.wants("`{`") && p.found == "<") return {p.aidl() ? "only a parcelable or a union has type parameters" : "no declaration has type parameters", "remove `<…>`"};
  if (p.wants("`,` or `}`") && p.found == ";") return {{}, "write `,` between enumerators"};
  if (p.wants("`,` or `}`") && p.found == ":") return {{}, "write `=`"};
  if (p.found == ";" && (p.wants("a member") || p.wants("a declaration"))) return {{}, "remove the `;`"};
  if (p.found == "*" && p.after == "/") return {{}, "remove it: a comment ends at its first `*/`"};
  if (p.found == ")" && p.before == "," && p.wants("a parameter")) return {{}, "remove the `,` before it"};
  if (p.found == "." && p.after == "." && p.wants("a parameter")) return {"a method has a fixed list of parameters", "write an array"};
  if (p.found == "const" && p.wants("a parameter")) return {{}, "remove it: what goes in does not change"};
  if (p.wants("path in quotes")) return {{}, is_word(p.found) && p.before == "import" ? "write `import \"" + p.as_path() + ".idl\";`" : "write it in double quotes"};
  return {};
}

/// The token that ends at `end`.
std::string_view token_before(std::string_view text, std::uint32_t end) {
  const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::uint32_t begin = end;
  while (begin > 0 && in_word(text[begin - 1])) --begin;
  if (begin == end && end > 0) --begin;
  return text.substr(begin, end - begin);
}

}  // namespace

bool misspells_declaration(const State& state, const char* at) {
  const char* const end = state.text.data() + state.text.size();
  const std::string_view word = token_text(at, end);
  return is_word(word) && !declaration_word(state.dialect, word, token_text(word.data() + word.size(), end)).empty();
}

void report_expected(State& state, const char* at, const std::string& expected) {
  const Found found = token_at(state, at);
  const bool at_end = found.begin == found.end;
  if (at_end && (state.comments.unterminated() || state.end_told)) return;  // told once
  state.end_told = state.end_told || at_end;

  const std::uint32_t before = state.comments.token_end_before(found.begin);
  const bool new_line = state.text.substr(before, found.begin - before).find('\n') != std::string_view::npos;
  ast::Span span{state.file, found.begin, found.end};
  if (at_end || (new_line && expected == "`;`")) span = {state.file, before, before + 1};

  const char* const end = state.text.data() + state.text.size();
  const std::string_view token = state.text.substr(found.begin, found.end - found.begin);
  const std::string_view previous = token_before(state.text, before);
  const std::uint32_t earlier = state.comments.token_end_before(before - static_cast<std::uint32_t>(previous.size()));
  const Place place{state, expected, token, previous, token_text(state.text.data() + found.end, end), token_before(state.text, earlier)};
  diag::Diagnostic fault{diag::Code::syntax, span, "expected " + expected + ", found " + found.text, {}, {}, {}};
  const bool quoted = token.starts_with('"') || token.starts_with('\'');
  if (!quoted && std::any_of(token.begin(), token.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    fault.message = found.text + " is not a name";
    fault.help = "names have the letters a to z and A to Z, digits and `_`";
  } else if (at_end) {
    if (expected == "`;`")
      fault.help = about_separators(place).help;
    else if (!state.unclosed.empty())
      fault.notes.push_back({state.unclosed, "this is not closed"});
  } else {
    Advice advice = about_separators(place);
    if (advice.message.empty() && advice.help.empty() && expected.find("name") != std::string::npos) advice = about_names(place);
    if (!advice.message.empty()) fault.message = std::move(advice.message);
    fault.help = std::move(advice.help);
  }
  const std::string_view gap = state.text.substr(before, found.begin - before);
  if (const std::size_t inner = nested_comment(gap); inner != std::string_view::npos) {
    const auto begin = before + static_cast<std::uint32_t>(inner);
    fault.notes.push_back({{state.file, begin, begin + 2}, "comments do not nest: the one around this ended at the next `*/`"});
  }
  state.sink.report(std::move(fault));
}

}  // namespace shmidl::syntax
