#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "diag/render.hpp"

// SARIF 2.1.0, the subset that code hosts and editors read. Source: OASIS sarif-v2.1.0, sections 3.13 to 3.30.
namespace shmidl::diag {
namespace {

using Json = nlohmann::ordered_json;

/// A path as a URI reference: what is neither a letter, a digit nor one of `-._~/` is written as %XX.
std::string uri(const std::string& path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view{"-._~/"}.find(c) != std::string_view::npos)) {
      text += c;
    } else {
      text += '%';
      text += kHex[byte >> 4U];
      text += kHex[byte & 15U];
    }
  }
  return text;
}

Json physical(source::Span span, const source::Files& files) {
  const source::File& file = files.at(span.file);
  const auto [begin, end] = file.extent(span);
  return {{"artifactLocation", {{"uri", uri(file.path())}}},
          {"region", {{"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line}, {"endColumn", end.column}}}};
}

std::string_view level(Code code) { return severity(code) == Severity::error ? "error" : "warning"; }

/// Those that some result has.
std::vector<Entry> used(const std::vector<Diagnostic>& diagnostics) {
  std::vector<Entry> rules;
  for (const Entry& entry : catalogue())
    if (std::any_of(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& d) { return d.code == entry.code; }))
      rules.push_back(entry);
  return rules;
}

Json describe(const std::vector<Entry>& rules) {
  Json list = Json::array();
  for (const Entry& entry : rules) {
    Json rule = {{"id", id(entry.code)}};
    if (!entry.lint.empty()) rule["name"] = entry.lint;
    rule["shortDescription"] = {{"text", entry.title}};
    rule["defaultConfiguration"] = {{"level", level(entry.code)}};
    list.push_back(std::move(rule));
  }
  return list;
}

Json result(const Diagnostic& d, const std::vector<Entry>& rules, const source::Files& files) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Entry& entry) { return entry.code == d.code; });
  Json item = {{"ruleId", id(d.code)},
               {"ruleIndex", rule - rules.begin()},
               {"level", level(d.code)},
               {"message", {{"text", d.help.empty() ? d.message : d.message + "\nhelp: " + d.help}}}};
  if (!d.span.empty())
    item["locations"] = Json::array({{{"physicalLocation", physical(d.span, files)}}});
  else if (!d.path.empty())
    item["locations"] = Json::array({{{"physicalLocation", {{"artifactLocation", {{"uri", uri(d.path)}}}}}}});
  int number = 0;
  for (const Note& note : d.notes)
    item["relatedLocations"].push_back(
        {{"id", ++number}, {"physicalLocation", physical(note.span, files)}, {"message", {{"text", note.text}}}});
  return item;
}

}  // namespace

std::string render_sarif(const std::vector<Diagnostic>& diagnostics, const source::Files& files) {
  const std::vector<Entry> rules = used(diagnostics);
  Json results = Json::array();
  for (const Diagnostic& d : diagnostics) results.push_back(result(d, rules, files));
  const Json driver = {{"name", "shmidl"}, {"version", SHMIDL_COMPILER_VERSION}, {"rules", describe(rules)}};
  const Json run = {{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shmidl::diag
