#include "tools/fmt/layout.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "source/utf8.hpp"
#include "tools/fmt/spaces.hpp"

namespace shmidl::tools::fmt {
namespace {

/// Annotations that speak of a type, and stay beside it.
bool speaks_of_type(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"nullable", "utf8InCpp", "MaxSize", "InPlace", "Copy"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

class Layout {
 public:
  Layout(const Head& head, std::size_t indent, std::vector<Line>& lines)
      : tokens_(head.tokens), indent_(indent), lines_(lines), gaps_(gaps_of(head.tokens)), break_before_(tokens_.size()) {
    for (std::size_t at = 0; at < tokens_.size(); ++at)
      if (tokens_[at].comment()) at = mark_comments(at);
    mark_annotations(head.declaration);
  }

  void run() {
    for (std::size_t at = 0; at < tokens_.size();) {
      std::size_t end = at + 1;
      while (end < tokens_.size() && !break_before_[end]) ++end;
      chunk(at, end);
      at = end;
    }
  }

 private:
  /// Comments that end a source line stay at the end of one; those that have a line for themselves keep it.
  std::size_t mark_comments(std::size_t at) {
    std::size_t end = at;
    while (end + 1 < tokens_.size() && !tokens_[end].last && tokens_[end + 1].comment()) ++end;
    const bool ends_line = tokens_[end].last;
    for (std::size_t comment = at; comment <= end; ++comment) {
      const bool alone = tokens_[comment].tall() && !ends_line;
      if (comment == at && (alone || (ends_line && tokens_[at].first))) force(comment);
      if (comment != at && alone) force(comment);
      if (comment == end ? ends_line || alone : alone) force(comment + 1);
    }
    return end;
  }

  void mark_annotations(bool declaration) {
    std::size_t at = 0;
    std::vector<std::size_t> ends;
    std::size_t own_lines = 0;  // so many of the annotations get lines of their own
    while (true) {
      while (at < tokens_.size() && tokens_[at].comment()) ++at;
      if (at + 1 >= tokens_.size() || !tokens_[at].is("@")) break;
      const bool of_type = speaks_of_type(tokens_[at + 1].text);
      at = end_of_annotation(at);
      ends.push_back(at);
      if (declaration || !of_type) own_lines = ends.size();
    }
    head_end_ = at;
    for (std::size_t index = 0; index < own_lines; ++index) {
      const std::size_t next = ends[index];
      if (next < tokens_.size() && !(tokens_[next].comment() && !tokens_[next].first && run_ends_line(next))) force(next);
    }
  }

  [[nodiscard]] bool run_ends_line(std::size_t at) const {
    while (at + 1 < tokens_.size() && !tokens_[at].last && tokens_[at + 1].comment()) ++at;
    return tokens_[at].last;
  }

  /// Past the annotation whose `@` is at `at`.
  [[nodiscard]] std::size_t end_of_annotation(std::size_t at) const {
    std::size_t next = at + 1;
    while (next < tokens_.size() && tokens_[next].comment()) ++next;
    ++next;  // its name
    std::size_t open = next;
    while (open < tokens_.size() && tokens_[open].comment()) ++open;
    if (open >= tokens_.size() || !tokens_[open].is("(")) return std::min(next, tokens_.size());
    int depth = 0;
    for (; open < tokens_.size(); ++open) {
      if (tokens_[open].is("(")) ++depth;
      if (tokens_[open].is(")") && --depth == 0) return open + 1;
    }
    return open;
  }

  void force(std::size_t at) {
    if (at > 0 && at < break_before_.size()) break_before_[at] = true;
  }

  /// Lays out tokens between which no line has to end.
  void chunk(std::size_t begin, std::size_t end) {
    std::size_t text_end = end;
    const Token& last = tokens_[end - 1];
    if (last.comment() && (last.last || last.tall()))
      while (text_end > begin && tokens_[text_end - 1].comment()) --text_end;
    lines_.push_back({begin == 0 || begin <= head_end_ ? indent_ : indent_ + kContinuation, {}, {}, false});
    if (text_end > begin) fill(begin, text_end);
    for (std::size_t comment = text_end; comment < end; ++comment) lines_.back().comments.push_back(&tokens_[comment]);
  }

  [[nodiscard]] std::size_t room() const {
    const std::size_t used = lines_.back().indent + source::count_code_points(lines_.back().text);
    return used < kWidth ? kWidth - used : 0;
  }
  [[nodiscard]] bool line_is_empty() const { return lines_.back().text.empty(); }

  [[nodiscard]] std::string text_of(std::size_t begin, std::size_t end) const {
    std::string text;
    for (std::size_t at = begin; at < end; ++at) {
      if (gaps_[at].space && at != begin) text += ' ';
      text += tokens_[at].text;
    }
    return text;
  }

  void put(std::size_t begin, const std::string& text) {
    if (gaps_[begin].space && !line_is_empty()) lines_.back().text += ' ';
    lines_.back().text += text;
  }

  /// A line may end before this token; a comment belongs to what follows it.
  [[nodiscard]] int break_depth(std::size_t at, std::size_t end) const {
    if (tokens_[at - 1].comment()) return kNoBreak;
    while (at + 1 < end && tokens_[at].comment()) ++at;
    return gaps_[at].break_depth;
  }

  void fill(std::size_t begin, std::size_t end) {
    const std::string text = text_of(begin, end);
    const std::size_t width = source::count_code_points(text);
    const std::size_t blank = gaps_[begin].space && !line_is_empty() ? 1 : 0;
    if (width + blank <= room()) return put(begin, text);
    int least = std::numeric_limits<int>::max();
    for (std::size_t at = begin + 1; at < end; ++at)
      if (const int depth = break_depth(at, end); depth != kNoBreak) least = std::min(least, depth);
    if (least == std::numeric_limits<int>::max()) return put(begin, text);
    for (std::size_t at = begin; at < end;) {
      std::size_t next = at + 1;
      while (next < end && break_depth(next, end) != least) ++next;
      const std::size_t needed = source::count_code_points(text_of(at, next)) + (gaps_[at].space && !line_is_empty() ? 1 : 0);
      if (at != begin && needed > room() && !line_is_empty()) lines_.push_back({indent_ + kContinuation, {}, {}, false});
      fill(at, next);
      at = next;
    }
  }

  std::span<const Token> tokens_;
  std::size_t indent_;
  std::vector<Line>& lines_;
  std::vector<Gap> gaps_;
  std::vector<bool> break_before_;
  std::size_t head_end_ = 0;  ///< the first token after the annotations
};

}  // namespace

void lay_out(const Head& head, std::size_t indent, std::vector<Line>& lines) { Layout(head, indent, lines).run(); }

}  // namespace shmidl::tools::fmt
