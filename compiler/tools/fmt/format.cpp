#include "tools/fmt/format.hpp"

#include <algorithm>
#include <stdexcept>

#include "tools/fmt/layout.hpp"

namespace shmidl::tools::fmt {
namespace {

bool is_word(const Token& token, std::string_view word) { return token.kind == Kind::word && token.text == word; }

/// Walks over members and blocks and lays out one after the other.
class Printer {
 public:
  Printer(const std::vector<Token>& tokens, ast::Dialect dialect) : tokens_(tokens), dialect_(dialect) {}

  std::string run() {
    block(0, false);
    return join(lines_);
  }

 private:
  /// What a member is, as far as it was walked over.
  struct Member {
    std::size_t end = 0;
    bool opens_block = false;  ///< the token at `end` is the `{` of a block
    std::string_view keyword;  ///< the first word that is no annotation, `typedef` or `oneway`
  };

  [[nodiscard]] bool done() const { return at_ >= tokens_.size(); }
  [[nodiscard]] bool at_close() const { return !done() && tokens_[at_].is("}"); }

  void block(std::size_t indent, bool enumeration) {
    bool first = true;
    while (!done() && !(indent > 0 && at_close())) {
      blank_ = tokens_[at_].blank_before && !first;
      if (!comments(indent)) member(indent, enumeration);
      first = false;
    }
  }

  /// Comments that are no part of a member: those that end a line, and those over several lines.
  bool comments(std::size_t indent) {
    if (!tokens_[at_].comment()) return false;
    std::size_t end = at_;
    while (end + 1 < tokens_.size() && !tokens_[end].last && tokens_[end + 1].comment()) ++end;
    const bool ends_line = tokens_[end].last || (end + 1 < tokens_.size() && tokens_[end + 1].is("}"));
    if (!ends_line) {
      if (!tokens_[at_].tall()) return false;
      end = at_;
    }
    if (lines_.empty() || tokens_[at_].first || !ends_line) lines_.push_back({indent, {}, {}, blank_});
    for (; at_ <= end; ++at_) lines_.back().comments.push_back(&tokens_[at_]);
    return true;
  }

  void member(std::size_t indent, bool enumeration) {
    const std::size_t begin = at_;
    const Member found = walk(begin, enumeration);
    const std::size_t first_line = lines_.size();
    if (found.opens_block) {
      const std::size_t body = found.end + 1;
      const bool empty = body < tokens_.size() && tokens_[body].is("}");
      at_ = empty ? tail(body) : body;
      print(begin, at_, indent, true);
      lines_[first_line].blank_before = blank_;
      if (empty) return;
      block(indent + kIndent, found.keyword == "enum");
      const std::size_t close = at_;
      at_ = tail(close);
      print(close, at_, indent, true);
      return;
    }
    at_ = std::max(found.end, begin + 1);
    print(begin, at_, indent, is_declaration(found.keyword));
    lines_[first_line].blank_before = blank_;
  }

  [[nodiscard]] static bool is_declaration(std::string_view keyword) { return keyword == "interface" || keyword == "parcelable"; }

  void print(std::size_t begin, std::size_t end, std::size_t indent, bool declaration) {
    lay_out({std::span{tokens_}.subspan(begin, end - begin), declaration}, indent, lines_);
  }

  /// Past the `}` at `close` and what belongs to it: in .idl, up to the `;`.
  [[nodiscard]] std::size_t tail(std::size_t close) const {
    std::size_t end = std::min(close + 1, tokens_.size());
    if (dialect_ == ast::Dialect::aidl) return end;
    while (end < tokens_.size() && !tokens_[end].is(";")) ++end;
    return std::min(end + 1, tokens_.size());
  }

  [[nodiscard]] Member walk(std::size_t at, bool enumeration) const {
    Member member;
    int depth = 0;
    bool assigned = false;
    bool in_head = true;  // annotations, `typedef`, `oneway`
    for (; at < tokens_.size(); ++at) {
      const Token& token = tokens_[at];
      if (token.comment()) continue;
      if (in_head && token.is("@")) {
        at = next_token(at);  // its name
        continue;
      }
      if (in_head && depth == 0 && token.kind == Kind::word && !is_word(token, "typedef") && !is_word(token, "oneway")) {
        member.keyword = token.text;
        in_head = false;
      }
      const bool outside = depth == 0;
      if (outside && token.is("{") && !assigned) {
        member.end = at;
        member.opens_block = true;
        return member;
      }
      if (outside && token.is("}")) {
        member.end = before_comments(at);
        return member;
      }
      if (token.is("(") || token.is("[") || token.is("{")) ++depth;
      if (token.is(")") || token.is("]") || token.is("}")) --depth;
      if (outside && (token.is(";") || (enumeration && token.is(",")))) {
        member.end = at + 1;
        return member;
      }
      if (outside && token.is("=")) assigned = true;
    }
    member.end = before_comments(at);
    return member;
  }

  [[nodiscard]] std::size_t next_token(std::size_t at) const {
    do ++at;
    while (at < tokens_.size() && tokens_[at].comment());
    return at;
  }
  [[nodiscard]] std::size_t before_comments(std::size_t end) const {
    while (end > at_ && tokens_[end - 1].comment()) --end;
    return end;
  }

  const std::vector<Token>& tokens_;
  ast::Dialect dialect_;
  std::size_t at_ = 0;
  bool blank_ = false;  ///< an empty line stands before what comes next
  std::vector<Line> lines_;
};

}  // namespace

std::string format(std::string_view text, ast::Dialect dialect) {
  const std::vector<Token> tokens = tokens_of(text);
  std::string result = Printer(tokens, dialect).run();
  if (!same_tokens(text, result)) throw std::logic_error("formatting would change more than blanks");
  return result;
}

}  // namespace shmidl::tools::fmt
