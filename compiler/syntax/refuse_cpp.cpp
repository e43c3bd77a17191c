#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "syntax/refuse.hpp"

namespace shmidl::syntax {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

std::string_view word_at(const char* at, const char* end) {
  const char* const after = match_word(at, end);
  return after == nullptr ? std::string_view{} : std::string_view{at, static_cast<std::size_t>(after - at)};
}

bool token_at_is(const char* at, const char* end, char c) {
  at = skip_blank(at, end);
  return at != end && *at == c;
}

template <std::size_t N>
const Words* find(const std::array<Words, N>& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Words& entry) { return entry.first == word; });
  return found == table.end() ? nullptr : &*found;
}

/// Past the next `;`, or past the braces that open before it and a `;` after them.
const char* past_declaration(const char* at, const char* end) {
  while ((at = skip_blank(at, end)) != end && *at != '{' && *at != '}') {
    const char* const after = token_end(at, end);
    if (*at == ';') return after;
    at = after;
  }
  if (at == end || *at == '}') return at;
  at = past_group(at, end);
  const char* next = skip_blank(at, end);
  const std::string_view name = word_at(next, end);  // `struct { … } name;`
  if (!name.empty() && !opens_declaration(name) && token_at_is(next + name.size(), end, ';')) next = skip_blank(next + name.size(), end);
  return next != end && *next == ';' ? next + 1 : at;
}

/// `a::b`; the parts are written to `parts`.
const char* match_qualified(const char* at, const char* end, std::vector<std::string_view>& parts) {
  const char* after = match_word(at, end);
  while (after != nullptr) {
    parts.emplace_back(at, static_cast<std::size_t>(after - at));
    const char* const colons = match_mark("::", skip_blank(after, end), end);
    if (colons == nullptr) return after;
    at = skip_blank(colons, end);
    const char* const next = match_word(at, end);
    if (next == nullptr) return after;
    after = next;
  }
  return after;
}

std::string joined(const std::vector<std::string_view>& parts, std::string_view between) {
  std::string text;
  for (const std::string_view part : parts) text += (text.empty() ? "" : std::string{between}) + std::string{part};
  return text;
}

/// `word Name` and what stands in its place here. `%` is the name.
constexpr std::array<Words, 7> kBlocks = {{
    {"class", "write `interface %` for what is called, `struct %` for what travels"},
    {"service", "write `interface %`"},
    {"message", "write `struct %`"},
    {"exception", "write `struct %`, and name it after `throws`"},
    {"parcelable", "write `struct %`"},
    {"valuetype", "write `struct %`"},
    {"protocol", "write `interface %`"},
}};
constexpr std::array<Words, 5> kAidlBlocks = {{
    {"class", "write `interface %` for what is called, `parcelable %` for what travels"},
    {"struct", "write `parcelable %`"},
    {"exception", "write `parcelable %`, and name it after `throws`"},
    {"service", "write `interface %`"},
    {"message", "write `parcelable %`"},
}};

const char* refuse_named(State& state, const char* at, const char* end, const Words& rule) {
  const char* const word_end = match_word(at, end);
  const char* const name = skip_blank(word_end, end);
  const std::string_view text = word_at(name, end);
  if (text.empty()) return nullptr;
  const char* const next = skip_blank(name + text.size(), end);
  const bool opens = next != end && (*next == '{' || *next == ':' || *next == ';' || word_at(next, end) == "extends");
  if (!opens) return nullptr;
  std::string help{rule.second};
  for (std::size_t mark = help.find('%'); mark != std::string::npos; mark = help.find('%')) help.replace(mark, 1, text);
  refuse(state, at, word_end, "`" + std::string{rule.first} + "` declares nothing in this language", help);
  state.lost.emplace_back(text);
  return past_declaration(name, end);
}

const char* refuse_namespace(State& state, const char* at, const char* end) {
  std::vector<std::string_view> parts;
  const char* next = skip_blank(match_word(at, end), end);
  if (const char* const named = match_qualified(next, end, parts)) next = skip_blank(named, end);
  if (next != end && *next == ';' && !parts.empty()) {
    refuse(state, at, match_word(at, end), "a namespace is written as a package", "write `package " + joined(parts, ".") + ";`");
    return next + 1;
  }
  if (next == end || *next != '{') return nullptr;
  ++state.namespaces;
  refuse(state, at, match_word(at, end), "a namespace is written as a package",
         parts.empty() ? "remove it: what is declared here has no name that others use"
                       : "write `package " + joined(parts, ".") + ";` at the top of the file");
  return next + 1;
}

const char* refuse_line(State& state, const char* at, const char* end, std::string message, std::string help) {
  refuse(state, at, match_word(at, end), std::move(message), std::move(help));
  state.incomplete = state.members_incomplete = true;
  return past_declaration(at, end);
}

/// `static final int X = 3`: the end of its specifiers, or null for anything else.
const char* java_constant(const char* at, const char* end) {
  const char* last = nullptr;
  bool is_final = false;
  for (std::string_view word = word_at(at, end); word == "static" || word == "final" || word == "public" || word == "private";
       word = word_at(at, end)) {
    is_final = is_final || word != "public";
    last = at + word.size();
    at = skip_blank(last, end);
  }
  if (!is_final) return nullptr;
  int words = 0;
  for (; !word_at(at, end).empty(); at = skip_blank(at + word_at(at, end).size(), end)) {
    if (word_at(at, end) == "const") return nullptr;
    ++words;
  }
  return words > 1 && at != end && *at == '=' ? last : nullptr;
}

}  // namespace

const char* refuse_specifier(State& state, const char* at, const char* end) {
  static constexpr std::array<Words, 15> kWords = {{
      {"static", "remove it: a method belongs to the object that serves it"},
      {"virtual", "remove it: every method is virtual in the generated class"},
      {"inline", "remove it, or write `@Inline` for a method that runs on the receiving thread"},
      {"volatile", "remove it: a value is copied once, by the call"},
      {"register", "remove it"},
      {"explicit", "remove it"},
      {"friend", "remove it"},
      {"mutable", "remove it"},
      {"extern", "remove it"},
      {"abstract", "remove it: every method is abstract in the generated class"},
      {"final", "remove it"},
      {"synchronized", "remove it, or write `@Serial` on the interface for one call at a time"},
      {"public", "remove it: everything in an interface is public"},
      {"private", "remove it: everything in an interface is public"},
      {"protected", "remove it: everything in an interface is public"},
  }};
  const std::string_view word = word_at(at, end);
  const Words* const rule = find(kWords, word);
  if (rule == nullptr) return nullptr;
  const char* const after = at + word.size();
  const char* const next = skip_blank(after, end);
  const bool label = next != end && *next == ':' && word.starts_with('p');
  if (const char* const last = java_constant(at, end)) {
    refuse(state, at, last, "a constant is declared with `const`", "write `const` in place of `" + std::string{at, last} + "`");
    state.members_incomplete = true;
    return past_declaration(at, end);
  }
  if (!label && word_at(next, end).empty()) return nullptr;
  refuse(state, at, label ? next + 1 : after, "`" + std::string{word} + "` has no meaning in an interface", std::string{rule->second});
  return label ? next + 1 : after;
}

const char* refuse_suffix(State& state, const char* at, const char* end) {
  static constexpr std::array<Words, 4> kWords = {{
      {"const", "remove it; write `@Idempotent` for a method that may be called again"},
      {"noexcept", "remove it: only what stands after `throws` is thrown"},
      {"override", "remove it"},
      {"final", "remove it"},
  }};
  const Words* const rule = find(kWords, word_at(at, end));
  if (rule == nullptr) return nullptr;
  refuse(state, at, at + rule->first.size(), "`" + std::string{rule->first} + "` has no meaning after a method's parameters",
         std::string{rule->second});
  return at + rule->first.size();
}

const char* refuse_base(State& state, const char* at, const char* end) {
  const std::string_view word = word_at(at, end);
  if (at == end || (*at != ':' && word != "extends" && word != "implements")) return nullptr;
  const char* last = at;
  for (const char* next = at; next != end && *next != '{' && *next != ';' && *next != '}'; next = skip_blank(last, end))
    last = token_end(next, end);
  refuse(state, at, last, "a declaration inherits nothing", "repeat the members, or give it a member of that type");
  return last;
}

const char* refuse_static(State& state, const char* at, const char* end) {
  const char* const after = match_mark("static", at, end);
  if (after == nullptr || word_at(skip_blank(after, end), end).empty()) return nullptr;
  refuse(state, at, after, "an `import` names a type", "remove `static`");
  return after;
}

const char* refuse_enum_class(State& state, const char* at, const char* end) {
  const std::string_view word = word_at(at, end);
  if ((word != "class" && word != "struct") || word_at(skip_blank(at + word.size(), end), end).empty()) return nullptr;
  refuse(state, at, at + word.size(), "`" + std::string{word} + "` is not written here: every enum has its own scope", "remove it");
  return at + word.size();
}

const char* refuse_block(State& state, const char* at, const char* end) {
  const std::string_view word = word_at(at, end);
  if (word.empty()) return nullptr;
  if (const Words* const rule = find(kBlocks, word)) return refuse_named(state, at, end, *rule);
  const char* const next = skip_blank(at + word.size(), end);
  if (word == "namespace" || word == "module") return refuse_namespace(state, at, end);
  if (word == "extern" && next != end && *next == '"') {
    const char* const after = token_end(next, end);
    const char* const brace = skip_blank(after, end);
    const bool block = brace != end && *brace == '{';
    if (block) ++state.namespaces;
    refuse(state, at, after, "an interface has no linkage", "remove it");
    return block ? brace + 1 : after;
  }
  if (word == "using" && word_at(next, end) == "namespace")
    return refuse_line(state, at, end, "a name of another package is written with it", "remove it");
  if (word == "using" && !word_at(next, end).empty()) {
    state.lost.emplace_back(word_at(next, end));
    return refuse_line(state, at, end, "another name for a type is a typedef", "write `typedef type name;`");
  }
  if (word == "template" && next != end && *next == '<')
    return refuse_line(state, at, end, "this language has no templates", "write one declaration for each type, or `List<T>`");
  if ((word == "struct" || word == "union" || word == "enum") && next != end && *next == '{')
    return refuse_line(state, at, end, (word == "enum" ? "an " : "a ") + std::string{word} + " has a name",
                       "write `" + std::string{word} + " Name { … };`" + (word == "enum" ? "" : ", then a field of type `Name`"));
  if (word == "constexpr" && !word_at(next, end).empty())
    return refuse_line(state, at, end, "a constant is declared with `const`", "write `const type name = value;`");
  return nullptr;
}

const char* refuse_aidl_block(State& state, const char* at, const char* end) {
  const std::string_view word = word_at(at, end);
  if (const Words* const rule = find(kAidlBlocks, word)) return refuse_named(state, at, end, *rule);
  if (word == "namespace") return refuse_namespace(state, at, end);
  if (word == "typedef" && !word_at(skip_blank(at + word.size(), end), end).empty())
    return refuse_line(state, at, end, "AIDL has no typedef", "write the type itself, or put it into a parcelable");
  return nullptr;
}

const char* refuse_loose(State& state, const char* at, const char* end) {
  int words = 0;
  const char* next = at;
  const char* last = at;
  for (; next != end && (!word_at(next, end).empty() || *next == '*'); next = skip_blank(last, end)) {
    if (*next != '*') ++words;
    last = token_end(next, end);
  }
  if (words < 2 || next == end) return nullptr;
  const bool function = *next == '(';
  const bool aidl = state.dialect == ast::Dialect::aidl;
  const std::string name = aidl ? "Name " : "";
  if (!function && *next != ';' && *next != '=' && *next != '[') return nullptr;
  if (!std::exchange(state.astray, true))
    refuse(state, at, last, function ? "a method stands inside of an interface" : aidl ? "a value stands inside of a declaration" : "a value outside of a declaration is a constant",
           function ? "write `interface " + name + "{` before it and `}" + (aidl ? "" : ";") + "` after it"
                    : aidl ? "move it into a declaration" : "write `const` before it, or make it a field of a struct");
  state.incomplete = true;
  return past_declaration(at, end);
}

const char* refuse_pointer(State& state, const char* at, const char* end) {
  if (at == end || *at != '*' || word_at(skip_blank(at + 1, end), end).empty()) return nullptr;
  refuse(state, at, at + 1, "an address has no meaning in another process", "remove it, or write `T[]` for an array");
  return at + 1;
}

const char* refuse_reference(State& state, const char* at, const char* end) {
  if (at == end || *at != '&') return nullptr;
  const char* const after = at + (end - at > 1 && at[1] == '&' ? 2 : 1);
  refuse(state, at, after, "a reference has no meaning in another process",
         "remove it: values go in, and `out` stands before the type of one that comes back");
  return after;
}

const char* refuse_qualified(State& state, const char* at, const char* end, ast::Path& path) {
  std::vector<std::string_view> parts;
  const char* after = match_qualified(at, end, parts);
  if (after == nullptr || parts.size() < 2) return nullptr;
  static constexpr std::array<Words, 7> kStd = {{{"string", "string"},
                                                 {"string_view", "string"},
                                                 {"vector", "List"},
                                                 {"list", "List"},
                                                 {"deque", "List"},
                                                 {"span", "List"},
                                                 {"size_t", "size_t"}}};
  const std::string_view last = parts.back();
  const bool standard = parts.front() == "std" && parts.size() == 2;
  const Words* const known = standard ? find(kStd, last) : nullptr;
  std::string meant = known != nullptr ? std::string{known->second} : joined(parts, ".");
  if (standard && last.ends_with("_t")) meant = last;
  static constexpr std::array<Words, 7> kHelps = {{{"optional", "write `@nullable` before the type"},
                                                   {"array", "write `T name[4]`"},
                                                   {"unique_ptr", "write the type that it points to"},
                                                   {"shared_ptr", "write the type that it points to"},
                                                   {"function", "declare an interface with the method that is to be called back"},
                                                   {"variant", "declare a `union`"},
                                                   {"exception", "declare a struct, and name it after `throws`"}}};
  const bool aidl = state.dialect == ast::Dialect::aidl;
  if (aidl && meant == "string") meant = "String";
  std::string help = "write `" + meant + "`";
  if (meant == "List") help = aidl ? "write `T[]` or `List<T>`" : "write `T name[]` or `List<T>`";
  if (standard && known == nullptr && !last.ends_with("_t")) {
    const Words* const found = find(kHelps, last);
    help = found != nullptr ? std::string{found->second} : "declare a " + std::string{aidl ? "parcelable" : "struct"} + " that holds what is to travel";
    if (aidl && last == "array") help = "write `T[4] name`";
  }
  refuse(state, at, after, standard ? "the types of C++ are not those of an interface" : "names are joined by `.`", help);
  if (standard && known == nullptr && !last.ends_with("_t")) {
    state.lost.emplace_back(parts.front());
    int open = 0;  // its arguments need not be types
    const char* next = skip_blank(after, end);
    if (next != end && *next == '<') {
      for (; next != end && *next != ';' && *next != '{'; next = skip_blank(after, end)) {
        after = token_end(next, end);
        if (*next == '<') ++open;
        if (*next == '>' && --open == 0) break;
      }
    }
  }
  path.span = {state.file, state.offset(at), state.offset(after)};
  for (std::size_t from = 0; from <= meant.size();) {
    const std::size_t dot = std::min(meant.find('.', from), meant.size());
    path.parts.push_back({meant.substr(from, dot - from), path.span});
    from = dot + 1;
  }
  return after;
}

const char* refuse_c_type(State& state, const char* at, const char* end, ast::Path& path) {
  const std::string_view first = word_at(at, end);
  if (first != "unsigned" && first != "signed" && first != "short") return nullptr;
  std::string type;
  const char* const after = match_c_type(at, end, type);
  const char* const next = skip_blank(after, end);
  if (next == end || (word_at(next, end).empty() && *next != '[' && *next != '>' && *next != ',')) return nullptr;
  std::string_view meant = "int";
  if (type.find("long") != std::string::npos) meant = "long";
  if (type.find("char") != std::string::npos) meant = "byte";
  const bool wider = first == "unsigned" && meant == "int" && type.find("short") == std::string::npos;
  refuse(state, at, after, "AIDL has no `" + type + "`",
         "write `" + std::string{meant} + "`" + (wider ? ", or `long` where it does not hold the values" : ""));
  path.span = {state.file, state.offset(at), state.offset(after)};
  if (*next == '>' || *next == ',') state.lost.push_back(type);  // a List holds none of the nearest types either
  path.parts.push_back({*next == '>' || *next == ',' ? type : std::string{meant}, path.span});
  return after;
}

}  // namespace shmidl::syntax
