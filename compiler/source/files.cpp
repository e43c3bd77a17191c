#include "source/files.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>


namespace shmidl::source {

namespace {

constexpr std::size_t kBlock = 4096;  // bytes; chosen, not measured

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

File::File(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)), line_begins_{0} {
  if (text_.starts_with("\xEF\xBB\xBF")) line_begins_.front() = 3;  // a byte order mark, which no editor shows
  std::size_t code_points = 0;
  for (std::size_t offset = 0; offset < text_.size(); ++offset) {
    if (offset % kBlock == 0) code_points_.push_back(code_points);
    if (text_[offset] == '\n') line_begins_.push_back(offset + 1);
    if (begins_code_point(text_[offset])) ++code_points;
  }
  code_points_.push_back(code_points);
}

std::size_t File::code_points_before(std::size_t offset) const {
  const std::size_t block = offset / kBlock;
  const auto from = text_.begin() + static_cast<std::ptrdiff_t>(block * kBlock);
  const auto until = text_.begin() + static_cast<std::ptrdiff_t>(offset);
  return code_points_[block] + static_cast<std::size_t>(std::count_if(from, until, begins_code_point));
}

std::size_t File::line_of(std::size_t offset) const {
  offset = std::max(std::min(offset, text_.size()), line_begins_.front());
  const auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  return static_cast<std::size_t>(after - line_begins_.begin());
}

Position File::position(std::size_t offset) const {
  offset = std::max(std::min(offset, text_.size()), line_begins_.front());
  const std::size_t line = line_of(offset);
  const std::size_t begin = line_begins_[line - 1];
  return {line, 1 + code_points_before(offset) - code_points_before(begin)};
}

Extent File::extent(Span span) const {
  Extent marked{position(span.begin), position(span.end)};
  const bool nothing = span.begin >= text_.size() || (span.end == span.begin + 1 && text_[span.begin] == '\n');
  if (nothing) marked.end = {marked.begin.line, marked.begin.column + 1};
  return marked;
}

std::string_view File::line(std::size_t number) const {
  if (number == 0 || number > line_begins_.size()) return {};
  const std::size_t begin = line_begins_[number - 1];
  const std::size_t end = number < line_begins_.size() ? line_begins_[number] - 1 : text_.size();
  std::string_view text = std::string_view{text_}.substr(begin, end - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

LoadResult Files::load(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
  const auto known = by_path_.find(canonical.native());
  if (!error && known != by_path_.end()) return {files_[known->second].get(), known->second, false, {}};
  if (std::filesystem::is_directory(path, error)) return {nullptr, 0, false, "it is a directory"};
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return {nullptr, 0, false, std::generic_category().message(errno)};
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return {nullptr, 0, false, std::generic_category().message(errno)};
  const std::uint32_t id = add(path.string(), std::move(text).str());
  by_path_.emplace(canonical.native(), id);
  return {files_[id].get(), id, true, {}};
}

std::uint32_t Files::add(std::string path, std::string text) {
  files_.push_back(std::make_unique<File>(std::move(path), std::move(text)));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

}  // namespace shmidl::source
