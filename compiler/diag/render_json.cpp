#include <nlohmann/json.hpp>

#include "diag/render.hpp"

namespace shmidl::diag {
namespace {

using Json = nlohmann::ordered_json;

Json place(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const auto [begin, end] = file.extent(span);
  return {{"file", file.path()}, {"line", begin.line}, {"column", begin.column}, {"end_line", end.line}, {"end_column", end.column}};
}

}  // namespace

std::string render_json(const std::vector<Diagnostic>& diagnostics, const source::Files& files) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics) {
    Json item = {{"code", id(d.code)}, {"severity", severity(d.code) == Severity::error ? "error" : "warning"}, {"message", d.message}};
    if (!d.span.empty()) item["at"] = place(d.span, files);
    if (!d.path.empty()) item["path"] = d.path;
    for (const Note& note : d.notes) item["notes"].push_back({{"message", note.text}, {"at", place(note.span, files)}});
    if (!d.help.empty()) item["help"] = d.help;
    list.push_back(std::move(item));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shmidl::diag
