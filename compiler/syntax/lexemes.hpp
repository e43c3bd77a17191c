#pragma once

#include <boost/spirit/home/x3.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "syntax/ast.hpp"
#include "syntax/refuse.hpp"
#include "syntax/scan.hpp"
#include "syntax/state.hpp"

// The terminals of both grammars, as Spirit parsers. Each one skips blanks and comments itself and, when it does not match, leaves the
// position where the last token ended: that is where a message about a missing `;` points.
namespace shmidl::syntax {

namespace x3 = boost::spirit::x3;

struct StateTag;

template <class Context>
State& state_of(const Context& context) {
  return x3::get<StateTag>(context).get();
}

/// A terminal whose attribute is made by `Derived::read(state, at, end)`, which returns the end of the match or null.
template <class Derived, class Attribute>
struct Terminal : x3::parser<Derived> {
  using attribute_type = Attribute;
  static constexpr bool has_attribute = true;

  template <class Context, class RuleContext, class Actual>
  bool parse(const char*& first, const char* const& last, const Context& context, RuleContext&, Actual& actual) const {
    State& state = state_of(context);
    Attribute made{};
    const char* const after = this->derived().read(state, skip_blank(first, last), last, made);
    if (after == nullptr) return false;
    first = after;
    x3::traits::move_to(std::move(made), actual);
    return true;
  }
};

/// A word of the language, or a mark such as `{`; its attribute is where it stands.
struct Mark : Terminal<Mark, ast::Span> {
  constexpr explicit Mark(std::string_view mark_text, std::string_view expected_text = {}) : text(mark_text), expected(expected_text) {}

  const char* read(State& state, const char* at, const char* end, ast::Span& span) const {
    const char* const after = match_mark(text, at, end);
    if (after != nullptr) span = {state.file, state.offset(at), state.offset(after)};
    return after;
  }
  std::string_view text;
  std::string_view expected;  ///< what a message says instead of the mark itself
};

constexpr Mark mark(std::string_view text, std::string_view expected = {}) { return Mark{text, expected}; }

/// A name that is none of the dialect's own words.
struct Identifier : Terminal<Identifier, ast::Name> {
  constexpr explicit Identifier(ast::Dialect which, std::string_view expected_text = "a name") : dialect(which), expected(expected_text) {}

  [[nodiscard]] constexpr Identifier of(std::string_view expected_text) const { return Identifier{dialect, expected_text}; }

  const char* read(State& state, const char* at, const char* end, ast::Name& name) const {
    const char* const after = match_word(at, end);
    if (after == nullptr || is_reserved(dialect, {at, after})) return nullptr;
    name = {{at, after}, {state.file, state.offset(at), state.offset(after)}};
    return after;
  }
  ast::Dialect dialect;
  std::string_view expected;  ///< what a message calls it: "the name of the field"
};

/// The words of a C type, in one name: `unsigned long long int`.
struct CTypeWords : Terminal<CTypeWords, ast::Name> {
  const char* read(State& state, const char* at, const char* end, ast::Name& name) const {
    const char* const after = match_c_type(at, end, name.text);
    if (after != nullptr) name.span = {state.file, state.offset(at), state.offset(after)};
    return after;
  }
};

/// A number, a string, a character, `true` or `false`.
struct Literal : Terminal<Literal, ast::Expr> {
  const char* read(State& state, const char* at, const char* end, ast::Expr& expr) const {
    const char* const after = match_literal(at, end, expr);
    if (after != nullptr) expr.span = {state.file, state.offset(at), state.offset(after)};
    return after;
  }
};

/// A string that is a path.
struct QuotedPath : Terminal<QuotedPath, ast::Expr> {
  const char* read(State& state, const char* at, const char* end, ast::Expr& literal) const {
    return at != end && *at == '"' ? Literal{}.read(state, at, end, literal) : nullptr;
  }
};

/// The `@` before an annotation's name.
struct AtSign : Terminal<AtSign, ast::Span> {
  const char* read(State& state, const char* at, const char* end, ast::Span& span) const {
    if (at == end || *at != '@') return nullptr;
    span = {state.file, state.offset(at), state.offset(at) + 1};
    if (state.dialect == ast::Dialect::aidl && skip_blank(at + 1, end) != at + 1) report_expected(state, at + 1, "the name of the annotation beside its `@`");
    return at + 1;
  }
};

/// One operator between operands, or one before an operand.
struct Operator : Terminal<Operator, ast::Name> {
  constexpr explicit Operator(bool is_prefix) : prefix(is_prefix) {}

  const char* read(State& state, const char* at, const char* end, ast::Name& name) const {
    const std::string_view text = prefix ? match_prefix(at, end) : match_infix(at, end);
    if (text.empty()) return nullptr;
    name = {std::string{text}, {state.file, state.offset(at), state.offset(at) + static_cast<std::uint32_t>(text.size())}};
    return at + text.size();
  }
  bool prefix;
};

/// Where the next token begins; never fails.
struct Here : Terminal<Here, ast::Span> {
  const char* read(State& state, const char* at, const char*, ast::Span& span) const {
    span = {state.file, state.offset(at), state.offset(at)};
    return at;
  }
};

/// Where the last token ended; never fails and moves nothing.
struct Behind : x3::parser<Behind> {
  using attribute_type = std::uint32_t;
  static constexpr bool has_attribute = true;

  template <class Context, class RuleContext, class Actual>
  bool parse(const char*& first, const char* const&, const Context& context, RuleContext&, Actual& actual) const {
    State& state = state_of(context);
    x3::traits::move_to(state.comments.token_end_before(state.offset(first)), actual);
    return true;
  }
};

/// The `;` at the end of a line. Where only the `;` is missing, it says so and goes on as if it stood there.
struct Semicolon : Terminal<Semicolon, ast::Span> {
  const char* read(State& state, const char* at, const char* end, ast::Span&) const {
    if (at != end && *at == ';') return at + 1;
    if (state.offset(at) == state.stray) return at;  // a `}` too many, which is told in its place
    const std::string_view gap = state.text.substr(state.comments.token_end_before(state.offset(at)));
    const bool line_ended = gap.substr(0, gap.size() - static_cast<std::size_t>(end - at)).find('\n') != std::string_view::npos;
    if (at != end && *at != '}' && !line_ended) return nullptr;
    report_expected(state, at, "`;`");
    return at;
  }
};

/// The `{` of a declaration. Where only it is missing, before what could be a member, it says so and goes on as if it stood there.
struct OpenBrace : Terminal<OpenBrace, ast::Span> {
  const char* read(State& state, const char* at, const char* end, ast::Span&) const {
    if (at != end && *at == '{') return at + 1;
    const char* const word_end = match_word(at, end);
    if (word_end == nullptr) return nullptr;
    if (const char* const next = skip_blank(word_end, end); next != end && *next == '{' && is_reserved(state.dialect, {at, word_end})) {
      report_expected(state, at, "the name of the declaration");
      return next + 1;
    }
    if (opens_declaration({at, word_end})) return nullptr;
    report_expected(state, at, "`{`");
    return at;
  }
};

/// Never matches: `> never("a method")` reports what was expected here.
struct Never : Terminal<Never, ast::Span> {
  constexpr explicit Never(std::string_view expected_text) : expected(expected_text) {}
  const char* read(State&, const char*, const char*, ast::Span&) const { return nullptr; }
  std::string_view expected;
};

/// A construct that is recognised only to be refused with the alternative named; `match` reports it.
struct Refused : Terminal<Refused, ast::Span> {
  using Match = const char* (*)(State&, const char* at, const char* end);
  constexpr explicit Refused(Match function) : match(function) {}
  const char* read(State& state, const char* at, const char* end, ast::Span&) const { return match(state, at, end); }
  Match match;
};

/// A type's name as another language writes it: reported, and read as the name that was meant.
struct ForeignName : Terminal<ForeignName, ast::Path> {
  using Match = const char* (*)(State&, const char* at, const char* end, ast::Path&);
  constexpr explicit ForeignName(Match function) : match(function) {}
  const char* read(State& state, const char* at, const char* end, ast::Path& path) const { return match(state, at, end, path); }
  Match match;
};

struct Nothing : Terminal<Nothing, ast::Span> {
  const char* read(State&, const char* at, const char* end, ast::Span&) const { return at == end ? at : nullptr; }
};

}  // namespace shmidl::syntax

// How a message names a terminal that was expected.
namespace boost::spirit::x3 {

template <class Subject, class Action>
struct get_info<action<Subject, Action>> {
  using result_type = std::string;
  std::string operator()(const action<Subject, Action>& parser) const { return what(parser.subject); }
};
/// A sequence is missed where its first part is.
template <class Left, class Right>
struct get_info<sequence<Left, Right>> {
  using result_type = std::string;
  std::string operator()(const sequence<Left, Right>& parser) const { return what(parser.left); }
};
/// A construct that is refused was not expected: the other part of the alternative was.
template <class Right>
struct get_info<alternative<shmidl::syntax::Refused, Right>> {
  using result_type = std::string;
  std::string operator()(const alternative<shmidl::syntax::Refused, Right>& parser) const { return what(parser.right); }
};
template <class Left, class Right>
struct get_info<alternative<Left, Right>> {
  using result_type = std::string;
  std::string operator()(const alternative<Left, Right>& parser) const { return what(parser.left) + " or " + what(parser.right); }
};
template <>
struct get_info<shmidl::syntax::Mark> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::Mark& mark) const {
    return mark.expected.empty() ? "`" + std::string{mark.text} + "`" : std::string{mark.expected};
  }
};
template <>
struct get_info<shmidl::syntax::Identifier> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::Identifier& name) const { return std::string{name.expected}; }
};
template <>
struct get_info<shmidl::syntax::Semicolon> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::Semicolon&) const { return "`;`"; }
};
template <>
struct get_info<shmidl::syntax::QuotedPath> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::QuotedPath&) const { return "a path in quotes"; }
};
template <>
struct get_info<shmidl::syntax::OpenBrace> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::OpenBrace&) const { return "`{`"; }
};
template <>
struct get_info<shmidl::syntax::Never> {
  using result_type = std::string;
  std::string operator()(const shmidl::syntax::Never& never) const { return std::string{never.expected}; }
};

}  // namespace boost::spirit::x3
