#pragma once

#include <cstdint>

namespace shmidl::source {

/// A half-open range of bytes in one file: where a node was written.
///
/// An empty span (`begin == end`) means "nowhere in particular"; a parsed node never has one.
struct Span {
  std::uint32_t file = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// The smallest span that holds both; both lie in the same file.
[[nodiscard]] inline Span join(Span first, Span last) {
  if (first.empty()) return last;
  if (last.empty()) return first;
  return {first.file, first.begin < last.begin ? first.begin : last.begin, first.end > last.end ? first.end : last.end};
}

}  // namespace shmidl::source
