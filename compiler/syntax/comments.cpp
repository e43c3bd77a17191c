#include "syntax/comments.hpp"

#include <algorithm>

namespace shmidl::syntax {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The ends of lines of long ago: a `//` comment goes on over them, and what was written below it would be lost.
void refuse_lone_return(std::string_view comment, std::uint32_t file, std::uint32_t begin, diag::Sink& sink) {
  const std::size_t at = trim(comment).find('\r');
  if (at == std::string_view::npos) return;
  begin += static_cast<std::uint32_t>(at);
  sink.report({diag::Code::syntax,
               {file, begin, begin + 1},
               "this line ends in a carriage return alone, and its comment goes on behind it",
               {},
               "save the file with the line ends of Unix or of Windows",
               {}});
}

}  // namespace

Comments::Comments(std::string_view text, std::uint32_t file, diag::Sink& sink) : text_(text) {
  bool line_is_blank = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto begin = static_cast<std::uint32_t>(at);
    if (rest.starts_with("//") || rest.starts_with("/*")) {
      const bool block = rest[1] == '*';
      const std::size_t close = block ? rest.find("*/", 2) : rest.find('\n');
      if (block && close == std::string_view::npos) unterminated_ = true;
      if (block && close == std::string_view::npos)
        sink.report({diag::Code::unterminated, {file, begin, begin + 2}, "this comment has no end", {}, "close it with `*/`", {}});
      const std::size_t length = close == std::string_view::npos ? rest.size() : close + (block ? 2 : 0);
      if (!block) refuse_lone_return(rest.substr(0, length), file, begin, sink);
      comments_.push_back({begin, begin + static_cast<std::uint32_t>(length), block, line_is_blank});
      at += length;
    } else if (rest[0] == '"' || rest[0] == '\'') {
      std::size_t length = 1;
      while (length < rest.size() && rest[length] != rest[0] && rest[length] != '\n') length += rest[length] == '\\' ? 2U : 1U;
      length = std::min(length, rest.size());
      if (length == rest.size() || rest[length] == '\n') length = std::min(length, rest.find(';'));  // it was to end before the `;`
      const bool ended = length < rest.size() && rest[length] == rest[0];
      if (!ended)
        sink.report({diag::Code::unterminated,
                     {file, begin, begin + static_cast<std::uint32_t>(std::max<std::size_t>(1, trim(rest.substr(0, length)).size()))},
                     rest[0] == '"' ? "this string has no end on its line" : "this character has no end on its line",
                     {},
                     {},
                     {}});
      at += length + (ended ? 1U : 0U);
      line_is_blank = false;
    } else {
      if (rest[0] == '\n')
        line_is_blank = true;
      else if (!is_space(rest[0]))
        line_is_blank = false;
      ++at;
    }
  }
}

bool Comments::only_spaces(std::uint32_t begin, std::uint32_t end, int most_newlines) const {
  for (std::uint32_t at = begin; at < end; ++at) {
    if (!is_space(text_[at])) return false;
    if (text_[at] == '\n' && --most_newlines < 0) return false;
  }
  return true;
}

bool Comments::is_doc_line(const Comment& comment) const {
  const std::string_view text = text_.substr(comment.begin, comment.end - comment.begin);
  return !comment.block && comment.first_in_line && text.starts_with("///") && !text.starts_with("////");
}

std::string Comments::line_text(const Comment& comment) const {
  std::string_view text = text_.substr(comment.begin + 3, comment.end - comment.begin - 3);
  if (text.starts_with(' ')) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string{text};
}

std::string Comments::block_text(const Comment& comment) const {
  std::string_view body = text_.substr(comment.begin + 2, comment.end - comment.begin - 4);
  while (body.starts_with('*')) body.remove_prefix(1);
  while (body.ends_with('*')) body.remove_suffix(1);
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = body.find('\n');
    std::string_view line = trim(body.substr(0, end));
    if (!lines.empty() || end == std::string_view::npos || !line.empty()) {
      if (!lines.empty() && line.starts_with('*')) line.remove_prefix(1);
      if (line.starts_with(' ')) line.remove_prefix(1);
    }
    lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::string result;
  for (std::size_t index = 0; index < lines.size(); ++index) result += (index == 0 ? "" : "\n") + lines[index];
  return result;
}

std::string Comments::documentation_before(std::uint32_t offset) const {
  auto next = std::partition_point(comments_.begin(), comments_.end(), [&](const Comment& c) { return c.end <= offset; });
  std::uint32_t until = offset;
  while (next != comments_.begin()) {
    const Comment& comment = *std::prev(next);
    if (!only_spaces(comment.end, until, static_cast<int>(until - comment.end))) return {};
    if (comment.block && comment.end - comment.begin >= 4) {
      const std::string_view text = text_.substr(comment.begin, comment.end - comment.begin);
      const bool plain = !text.starts_with("/**") || text == "/**/";
      const bool same_line = only_spaces(comment.end, offset, 0);
      if (!comment.first_in_line && !same_line) return {};
      if (plain && !only_spaces(comment.end, until, 1)) return {};
      return block_text(comment);
    }
    if (is_doc_line(comment)) {
      auto first = std::prev(next);
      while (first != comments_.begin() && is_doc_line(*std::prev(first)) && only_spaces(std::prev(first)->end, first->begin, 1)) --first;
      std::string result;
      for (auto line = first; line != next; ++line) result += (line == first ? "" : "\n") + line_text(*line);
      return result;
    }
    until = comment.begin;
    --next;
  }
  return {};
}

std::uint32_t Comments::token_end_before(std::uint32_t offset) const {
  while (offset > 0) {
    if (is_space(text_[offset - 1])) {
      --offset;
      continue;
    }
    const auto next = std::partition_point(comments_.begin(), comments_.end(), [&](const Comment& c) { return c.end < offset; });
    if (next == comments_.end() || next->begin >= offset) break;
    offset = next->begin;
  }
  return offset;
}

}  // namespace shmidl::syntax
