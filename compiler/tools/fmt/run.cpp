#include "tools/fmt/run.hpp"

#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <system_error>

#include "emit/output.hpp"
#include "sema/load.hpp"
#include "syntax/parser.hpp"
#include "tools/fmt/format.hpp"
#include "tools/report.hpp"
#include "tools/unified_diff.hpp"

namespace shmidl::tools::fmt {
namespace {

/// The formatted text of a file; nothing when it does not parse, which was then reported.
std::optional<std::string> formatted(const std::string& path, source::Files& files, diag::Sink& sink, std::uint32_t& id) {
  if (!sema::says_dialect(path, sink)) return std::nullopt;
  const source::LoadResult loaded = files.load(path);
  if (loaded.file == nullptr) {
    sink.report({diag::Code::cannot_read, {}, "cannot read this file: " + loaded.error, {}, {}, path});
    return std::nullopt;
  }
  if (!loaded.fresh) return std::nullopt;  // named twice
  id = loaded.id;
  const std::size_t errors = sink.errors();
  const std::optional<ast::File> file = syntax::parse(files, id, sink);
  if (!file || sink.errors() != errors) return std::nullopt;
  return format(loaded.file->text(), file->dialect);
}

}  // namespace

Exit run(const Options& options, std::ostream& out, std::ostream& err) {
  source::Files files;
  diag::Sink sink;
  bool differs = false;
  std::vector<emit::Output> outputs;
  for (const std::string& path : options.files) {
    std::uint32_t id = 0;
    const std::optional<std::string> text = formatted(path, files, sink, id);
    if (!text) continue;
    const std::string_view before = files.at(id).text();
    if (options.rewrite) {
      if (before == *text) continue;
      if (::access(path.c_str(), W_OK) != 0)  // the folder alone would allow to put another file in its place
        sink.report({diag::Code::cannot_write, {}, "cannot write this file: " + std::generic_category().message(errno), {}, {}, path});
      else
        outputs.push_back({std::filesystem::is_symlink(path) ? std::filesystem::canonical(path) : std::filesystem::path{path}, *text});
    } else if (options.show_diff) {
      out << unified_diff(before, *text, path, path);
    } else if (!options.check_only) {
      out << *text;
    } else if (before != *text) {
      out << path << '\n';
    }
    differs = differs || before != *text;
  }
  if (const emit::WriteFault fault = emit::write_all(outputs); !fault.reason.empty())
    sink.report({diag::Code::cannot_write, {}, "cannot write this file: " + fault.reason, {}, {}, fault.path.generic_string()});
  report_text(sink, files, options.colour, err);
  if (sink.has(diag::Code::cannot_read) || sink.has(diag::Code::cannot_write)) return Exit::cannot_read_or_write;
  if (sink.errors() != 0) return Exit::input_has_errors;
  return differs && (options.check_only || options.show_diff) ? Exit::would_change : Exit::done;
}

}  // namespace shmidl::tools::fmt
