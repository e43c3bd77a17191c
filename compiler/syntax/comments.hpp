#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diag/sink.hpp"

namespace shmidl::syntax {

/// Where the comments of a file are, and which of them document what follows.
///
/// The grammar skips comments; documentation is found from a node's first byte, backwards. A formatter needs the same list.
class Comments {
 public:
  /// Reads the whole text once. Reports comments and strings without an end.
  Comments(std::string_view text, std::uint32_t file, diag::Sink& sink);

  /// Lines of the comment that documents the node whose first byte is at `offset`, without its markers.
  ///
  /// It is the last `/** */`, `/* */` or run of `///` lines before the node with nothing but comments between; a plain `/* */`
  /// followed by an empty line speaks of the file, not of the node.
  [[nodiscard]] std::string documentation_before(std::uint32_t offset) const;

  /// End of the last token before `offset`: spaces and comments are stepped over backwards.
  [[nodiscard]] std::uint32_t token_end_before(std::uint32_t offset) const;
  /// The last comment takes the rest of the file, because its end is missing.
  [[nodiscard]] bool unterminated() const { return unterminated_; }

 private:
  struct Comment {
    std::uint32_t begin;
    std::uint32_t end;
    bool block;
    bool first_in_line;
  };

  [[nodiscard]] std::string block_text(const Comment& comment) const;
  [[nodiscard]] std::string line_text(const Comment& comment) const;
  [[nodiscard]] bool is_doc_line(const Comment& comment) const;
  [[nodiscard]] bool only_spaces(std::uint32_t begin, std::uint32_t end, int most_newlines) const;

  std::string_view text_;
  std::vector<Comment> comments_;
  bool unterminated_ = false;
};

}  // namespace shmidl::syntax
