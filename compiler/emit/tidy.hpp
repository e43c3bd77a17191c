#pragma once

#include <string>
#include <string_view>

namespace shmidl::emit {

/// Sets rendered C++ in its final shape: no space at a line's end, no two empty lines in a row, none at the edge of a block, and lines
/// past `width` columns broken after a comma. Comments, preprocessor lines and strings are never broken.
class Tidier {
 public:
  /// `room`: about the length of the whole.
  explicit Tidier(std::size_t width, std::size_t room = 0) : width_(width) { out_.reserve(room); }

  /// The next part of the text; it may end within a line.
  void add(std::string_view text);
  /// The whole. Once.
  [[nodiscard]] std::string finish();

 private:
  void add_line(std::string_view line);

  std::size_t width_;
  std::string out_;
  std::string rest_;  ///< of the last part: a line without an end
  bool blank_waits_ = false;
  bool at_edge_ = true;
};
[[nodiscard]] std::string tidy(std::string_view text, std::size_t width);

/// Two more spaces before every line that is not empty.
[[nodiscard]] std::string indent(const std::string& text);

}  // namespace shmidl::emit
