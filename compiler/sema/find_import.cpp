#include "sema/find_import.hpp"

#include <algorithm>

#include "diag/suggest.hpp"

namespace shmidl::sema {
namespace fs = std::filesystem;

namespace {

/// `a.b` of `a.b.C`; empty where there is no dot.
std::string without_last(const std::string& dotted) {
  const std::size_t dot = dotted.rfind('.');
  return dot == std::string::npos ? std::string{} : dotted.substr(0, dot);
}

/// A file with nearly the same name, where the import was looked for.
std::string near_file(const source::Found& found, const fs::path& wanted) {
  std::vector<std::string> names;
  for (const fs::path& directory : found.directories) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory / wanted.parent_path(), error)) {
      const fs::path name = entry.path().filename();
      if (name.extension() == ".idl" || name.extension() == ".aidl") names.push_back((wanted.parent_path() / name).generic_string());
    }
  }
  std::sort(names.begin(), names.end());
  return diag::suggest(wanted.generic_string(), names);
}

std::string searched(const source::Found& found) {
  std::string text;
  for (const fs::path& directory : found.directories) text += (text.empty() ? "`" : ", `") + directory.string() + "`";
  return text;
}

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path{path}.parent_path();
  return folder.empty() ? fs::path{"."} : folder;
}

}  // namespace

std::string slashes(std::string dotted) {
  std::replace(dotted.begin(), dotted.end(), '.', '/');
  return dotted;
}

std::vector<fs::path> ImportFinder::roots(const Unit& unit) const {
  std::vector<fs::path> list = {unit.root.empty() ? fs::path{"."} : unit.root};
  if (!options_.base.empty()) list.push_back(options_.base);
  list.insert(list.end(), options_.import_directories.begin(), options_.import_directories.end());
  return list;
}

void ImportFinder::report_missing(const ast::Import& import, std::string message, const std::string& near) {
  sink_.report({diag::Code::import_not_found,
                import.span,
                std::move(message),
                {},
                near.empty() ? "name the folder that has it with -I" : "write `" + near + "`",
                {}});
}

std::optional<Hit> ImportFinder::first(const source::Found& found, const std::string& dotted, Span span) {
  if (found.files.empty()) return std::nullopt;
  if (found.files.size() > 1) {
    std::string list;
    for (const fs::path& file : found.files) list += (list.empty() ? "`" : ", `") + file.string() + "`";
    sink_.report({diag::Code::import_ambiguous,
                  span,
                  "`" + dotted + "` is found " + std::to_string(found.files.size()) + " times: " + list,
                  {},
                  "give only one of these directories with -I",
                  {}});
  }
  return Hit{found.files.front(), found.roots.front(), dotted};
}

std::optional<Hit> ImportFinder::idl(const Unit& unit, const ast::Import& import) {
  std::vector<fs::path> directories = {folder_of(unit.path)};
  directories.insert(directories.end(), options_.import_directories.begin(), options_.import_directories.end());
  const source::Found found = source::search(directories, import.path);
  if (!found.files.empty()) return Hit{found.files.front(), found.roots.front(), {}};
  if (import.path.empty())
    sink_.report({diag::Code::import_not_found, import.span, "the path of this `import` is empty", {}, "write the path of an .idl file", {}});
  else
    report_missing(import, "`" + import.path + "` is not found in " + searched(found), near_file(found, fs::path{import.path}));
  return std::nullopt;
}

/// `a.b.X` is in a/b/X.aidl or a/b/X.idl; `a.b.X.Y` may be nested in one of them.
std::optional<Hit> ImportFinder::aidl(const Unit& unit, const ast::Import& import) {
  const std::vector<fs::path> directories = roots(unit);
  for (std::string dotted = import.path; !dotted.empty(); dotted = without_last(dotted))
    for (const char* const ending : {".aidl", ".idl"})
      if (std::optional<Hit> hit = first(source::search(directories, slashes(dotted) + ending), dotted, import.span)) return hit;
  const fs::path wanted{slashes(import.path) + ".aidl"};
  const source::Found nothing = source::search(directories, wanted);
  std::string near = fs::path{near_file(nothing, wanted)}.replace_extension().generic_string();
  std::replace(near.begin(), near.end(), '/', '.');
  report_missing(import, "`" + import.path + "` is not found: no `" + wanted.generic_string() + "` in " + searched(nothing), near);
  return std::nullopt;
}

std::optional<Hit> ImportFinder::named(const Unit& unit, const std::string& dotted, Span span) {
  return first(source::search(roots(unit), slashes(dotted) + ".aidl"), dotted, span);
}

}  // namespace shmidl::sema
