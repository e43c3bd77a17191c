#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace shmidl::tools::fmt {

enum class Kind : std::uint8_t { word, literal, mark, comment };

/// One token or comment, and how it lies among its neighbours.
struct Token {
  Kind kind = Kind::mark;
  std::string_view text;
  std::size_t column = 0;    ///< of its first byte, tabs counted to the next multiple of 4
  bool blank_before = false; ///< at least one empty line stands before it
  bool first = false;        ///< nothing stands before it on its line
  bool last = false;         ///< nothing stands after it on its line

  [[nodiscard]] bool is(std::string_view mark) const { return kind == Kind::mark && text == mark; }
  [[nodiscard]] bool comment() const { return kind == Kind::comment; }
  /// A comment over several lines.
  [[nodiscard]] bool tall() const { return comment() && text.find('\n') != std::string_view::npos; }
};

/// Takes a text apart that the parser has accepted. The tokens look into `text`.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text);

/// The same tokens and comments in the same order; spaces do not count.
[[nodiscard]] bool same_tokens(std::string_view left, std::string_view right);

}  // namespace shmidl::tools::fmt
