#include "syntax/parser.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include "source/utf8.hpp"
#include "syntax/build.hpp"
#include "syntax/comments.hpp"
#include "syntax/grammar.hpp"

namespace shmidl::syntax {
namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20U;  // chosen, not measured; offsets are 32-bit

bool check_bytes(const source::File& file, std::uint32_t id, diag::Sink& sink) {
  const std::string_view text = file.text();
  if (text.size() > kLargestFile) {
    sink.report({diag::Code::too_large,
                 {},
                 "the file has " + std::to_string(text.size()) + " bytes, at most 67108864 are read",
                 {},
                 {},
                 file.path()});
    return false;
  }
  std::size_t bad = source::first_bad_utf8(text);
  std::string what = "not UTF-8";
  if (bad == std::string_view::npos) {
    bad = text.find('\0');
    what = "not text";
  }
  if (bad == std::string_view::npos) return true;
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(text[bad]);
  const std::string shown = std::string{"0x"} + kHex[byte >> 4U] + kHex[byte & 15U];
  const auto offset = static_cast<std::uint32_t>(bad);
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  sink.report({diag::Code::not_utf8,
               {id, offset, offset + 1},
               utf16 ? "the file is UTF-16, not UTF-8" : "this byte, " + shown + ", is " + what,
               {},
               byte == 0 ? "give a text file, in UTF-8" : "save the file as UTF-8",
               {}});
  return false;
}

void report_empty(const source::File& file, ast::Dialect dialect, diag::Sink& sink) {
  const std::string stem = std::filesystem::path{file.path()}.stem().string();
  const std::string example =
      dialect == ast::Dialect::aidl ? "interface " + stem + " { int func1(int arg1); }" : "interface { int func1(int arg1); };";
  sink.report({diag::Code::empty_file, {}, "the file declares nothing", {}, "write an interface: `" + example + "`", file.path()});
}

}  // namespace

std::optional<ast::File> parse(const source::Files& files, std::uint32_t id, diag::Sink& sink) {
  const source::File& source = files.at(id);
  if (!check_bytes(source, id, sink)) return std::nullopt;
  std::string_view text = source.text();

  ast::File file;
  file.dialect = source.path().ends_with(".aidl") ? ast::Dialect::aidl : ast::Dialect::idl;
  file.id = id;
  const std::size_t errors_before = sink.errors();
  const Comments comments(text, id, sink);
  State state{id, text, comments, sink, file.dialect};
  const char* const first = skip_blank(text.data(), text.data() + text.size());
  if (first == text.data() + text.size()) {
    if (sink.errors() == errors_before) report_empty(source, file.dialect, sink);
    return std::nullopt;
  }
  if (!check_nesting(state)) return std::nullopt;
  parse_text(state, file);
  file.incomplete = state.incomplete;
  file.members_incomplete = state.members_incomplete;
  file.lost = std::move(state.lost);
  finish(file, comments);
  if (file.declarations.empty() && file.constants.empty() && sink.errors() == errors_before) report_empty(source, file.dialect, sink);
  return file;
}

}  // namespace shmidl::syntax
