#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diag/sink.hpp"
#include "syntax/ast.hpp"
#include "syntax/comments.hpp"

namespace shmidl::syntax {

/// What the grammars of one file share: where they are, and where they report to.
struct State {
  std::uint32_t file;
  std::string_view text;
  const Comments& comments;
  diag::Sink& sink;
  ast::Dialect dialect = ast::Dialect::idl;
  bool incomplete = false;          ///< something was skipped at the top
  bool members_incomplete = false;  ///< something was skipped inside a block
  std::vector<std::string> lost{};  ///< names of what was refused: what refers to them is not reported
  ast::Span unclosed{};             ///< the last bracket that is open at the end of the text
  std::uint32_t stray = UINT32_MAX; ///< the first `}` that closes nothing
  bool end_told = false;            ///< that the text ends too early
  int lists = 0;                    ///< `{` of lists of values that are open
  bool astray = false;              ///< a block was probably left too early: what stands at the top now follows from that
  int namespaces = 0;               ///< `namespace a {` that were refused and whose `}` is still to come

  [[nodiscard]] std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - text.data()); }
};

/// Nesting past this is refused: the parser is recursive. Chosen, not measured.
inline constexpr int kDeepest = 200;

/// First byte at or after `at` that is neither space nor comment.
[[nodiscard]] const char* skip_blank(const char* at, const char* end);

/// What stands at `at`, as a message names it: `` `;` ``, `` `interface` ``, "the end of the file".
struct Found {
  std::string text;
  std::uint32_t begin;
  std::uint32_t end;
};
[[nodiscard]] Found token_at(const State& state, const char* at);

/// The end of the token that begins at `at`.
[[nodiscard]] const char* token_end(const char* at, const char* end);

/// Words that only stand at the beginning of a declaration or a file's head.
[[nodiscard]] bool opens_declaration(std::string_view word);

/// A `{` stands between `at` and the next `;` or `}`.
[[nodiscard]] bool opens_block(const State& state, const char* at);

/// `interfce Foo` stands at `at`, or another word that was probably to open a declaration (expected.cpp).
[[nodiscard]] bool misspells_declaration(const State& state, const char* at);

/// Reports that `expected` does not stand at `at`, and what was probably meant (expected.cpp).
void report_expected(State& state, const char* at, const std::string& expected);

/// From a fault inside a declaration's braces: past the next `;`, or before the `}` that closes them.
[[nodiscard]] const char* resume_in_block(State& state, const char* at);
/// The `}` that closes the block around `at`, or the end of the text.
[[nodiscard]] const char* end_of_block(State& state, const char* at);
/// From a fault outside of braces: past the next `;` or past the block that follows, or before a word that opens a declaration.
[[nodiscard]] const char* resume_at_top(State& state, const char* at);

}  // namespace shmidl::syntax
