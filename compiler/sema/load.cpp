#include "sema/load.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "source/import_search.hpp"
#include "syntax/parser.hpp"

namespace shmidl::sema {
namespace fs = std::filesystem;

namespace {

std::string slashes(std::string dotted) {
  std::replace(dotted.begin(), dotted.end(), '.', '/');
  return dotted;
}

class Loader {
 public:
  Loader(const LoadOptions& options, source::Files& files, diag::Sink& sink) : options_(options), files_(files), sink_(sink) {}

  Program run(const std::vector<std::string>& named) {
    for (const std::string& path : named) {
      const source::LoadResult loaded = files_.load(fs::path{path}.lexically_normal());
      if (loaded.file == nullptr) {
        sink_.report({diag::Code::cannot_read, {}, "cannot read this file: " + loaded.error, {}, {}, path});
        continue;
      }
      if (Unit* unit = take(loaded, {})) name_output(*unit);
    }
    for (std::size_t index = 0; index < program_.units.size(); ++index) follow(*program_.units[index]);  // grows meanwhile
    return std::move(program_);
  }

 private:
  /// The unit of a file, made on first sight; null for a file without contents.
  Unit* take(const source::LoadResult& loaded, const fs::path& found_under) {
    const auto known = by_file_.find(loaded.id);
    if (known != by_file_.end()) return known->second;
    std::optional<ast::File> parsed = syntax::parse(files_, loaded.id, sink_);
    if (!parsed) return by_file_[loaded.id] = nullptr;
    auto unit = std::make_unique<Unit>();
    unit->file = std::move(*parsed);
    unit->path = loaded.file->path();
    unit->package = unit->file.package.text();
    place(*unit, found_under);
    by_file_[loaded.id] = unit.get();
    program_.units.push_back(std::move(unit));
    return program_.units.back().get();
  }

  /// Finds the directory that the unit's own name starts from.
  void place(Unit& unit, const fs::path& found_under) {
    const fs::path path{unit.path};
    fs::path root = path.parent_path();
    if (unit.is_aidl() && !unit.package.empty()) {
      const std::string tail = slashes(unit.package);
      const std::string folder = fs::absolute(root.empty() ? "." : root).lexically_normal().generic_string();
      if (folder == tail || folder.ends_with("/" + tail))
        for (auto part = unit.file.package.parts.begin(); part != unit.file.package.parts.end(); ++part) root = up(root);
    }
    fs::path relative = path.lexically_relative(root.empty() ? "." : root);
    if (!found_under.empty() && !source::below(path, found_under).empty() && !unit.is_aidl()) {
      root = found_under;
      relative = source::below(path, found_under);
    }
    if (!options_.base.empty() && !source::below(path, options_.base).empty()) {
      root = options_.base;
      relative = source::below(path, options_.base);
    }
    unit.root = root;
    unit.relative = relative.lexically_normal().generic_string();
  }

  static fs::path up(const fs::path& folder) {
    if (folder.empty() || folder == "." || folder.filename() == "..") return folder / "..";
    return folder.has_parent_path() && folder.parent_path() != folder ? folder.parent_path() : fs::path{"."};
  }

  /// A file of the command line gets outputs, whose names must be known and its own.
  void name_output(Unit& unit) {
    if (!options_.base.empty() && source::below(unit.path, options_.base).empty()) {
      sink_.report(
          {diag::Code::path_mismatch, {}, "this file is not below the base directory `" + options_.base.string() + "`", {}, {}, unit.path});
      return;
    }
    const fs::path stem = fs::path{unit.relative}.replace_extension();
    const auto [other, fresh] = outputs_.emplace(stem.generic_string(), &unit);
    if (!fresh && other->second != &unit) {
      sink_.report({diag::Code::same_output,
                    {},
                    "both this file and `" + other->second->path + "` would be written to `" + stem.generic_string() + ".shmidl.hpp`",
                    {},
                    "give a common parent as --base, or generate into two directories",
                    unit.path});
      unit.ignored = true;
      return;
    }
    unit.named = true;
  }

  void follow(Unit& unit) {
    for (const ast::Import& import : unit.file.imports) {
      if (unit.is_aidl() && needs_no_import(import.path)) continue;
      Unit* const target = unit.is_aidl() ? import_aidl(unit, import) : import_idl(unit, import);
      if (target != nullptr && target != &unit && std::find(unit.imports.begin(), unit.imports.end(), target) == unit.imports.end())
        unit.imports.push_back(target);
      if (target == nullptr) lose(unit, import);
    }
    if (unit.is_aidl())
      for (const ast::Declaration& declaration : unit.file.declarations) reach(unit, declaration);
  }

  /// What a failed import would have declared is not reported once more where it is used.
  static void lose(Unit& unit, const ast::Import& import) {
    if (unit.is_aidl())
      unit.file.lost.push_back(import.path.substr(import.path.rfind('.') + 1));
    else
      unit.file.incomplete = true;
  }

  Unit* load_found(const Unit& importer, const source::Found& found, Span span) {
    const source::LoadResult loaded = files_.load(found.files.front());
    if (loaded.file == nullptr) {
      sink_.report({diag::Code::cannot_read, span, "cannot read `" + found.files.front().string() + "`: " + loaded.error, {}, {}, {}});
      return nullptr;
    }
    const fs::path root = found.roots.front();
    const bool beside = root == fs::path{importer.path}.parent_path() || (root == "." && !fs::path{importer.path}.has_parent_path());
    if (!beside) return take(loaded, root);
    return take(loaded, importer.root.empty() ? fs::path{"."} : importer.root);
  }

  static std::string searched(const source::Found& found) {
    std::string text;
    for (const fs::path& directory : found.directories) text += (text.empty() ? "`" : ", `") + directory.string() + "`";
    return text;
  }

  static fs::path folder_of(const std::string& path) {
    const fs::path folder = fs::path{path}.parent_path();
    return folder.empty() ? fs::path{"."} : folder;
  }

  Unit* import_idl(const Unit& unit, const ast::Import& import) {
    std::vector<fs::path> directories = {folder_of(unit.path)};
    directories.insert(directories.end(), options_.import_directories.begin(), options_.import_directories.end());
    const source::Found found = source::search(directories, import.path);
    if (!found.files.empty()) return load_found(unit, found, import.span);
    if (import.path.empty()) {
      sink_.report({diag::Code::import_not_found, import.span, "the path of this `import` is empty", {}, "write the path of an .idl file", {}});
      return nullptr;
    }
    const std::string near = near_file(found, fs::path{import.path});
    report_not_found(import, "`" + import.path + "` is not found in " + searched(found), near);
    return nullptr;
  }

  /// A file with nearly the same name, where the import was looked for.
  static std::string near_file(const source::Found& found, const fs::path& wanted) {
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

  std::vector<fs::path> aidl_roots(const Unit& unit) const {
    std::vector<fs::path> roots = {unit.root.empty() ? fs::path{"."} : unit.root};
    if (!options_.base.empty()) roots.push_back(options_.base);
    roots.insert(roots.end(), options_.import_directories.begin(), options_.import_directories.end());
    return roots;
  }

  /// `a.b.X` is in a/b/X.aidl or a/b/X.idl; `a.b.X.Y` may be nested in one of them.
  Unit* import_aidl(const Unit& unit, const ast::Import& import) {
    const std::vector<fs::path> roots = aidl_roots(unit);
    for (std::string dotted = import.path; !dotted.empty(); dotted.resize(dotted.rfind('.') == std::string::npos ? 0 : dotted.rfind('.'))) {
      for (const char* const ending : {".aidl", ".idl"}) {
        const source::Found found = source::search(roots, slashes(dotted) + ending);
        if (found.files.empty()) continue;
        if (found.files.size() > 1) {
          std::string list;
          for (const fs::path& file : found.files) list += (list.empty() ? "`" : ", `") + file.string() + "`";
          sink_.report({diag::Code::import_ambiguous,
                        import.span,
                        "`" + import.path + "` is found " + std::to_string(found.files.size()) + " times: " + list,
                        {},
                        "give only one of these directories with -I",
                        {}});
        }
        Unit* const target = load_found(unit, found, import.span);
        if (target != nullptr) check_declares(*target, dotted, import);
        return target;
      }
    }
    const std::string file = slashes(import.path) + ".aidl";
    const source::Found nothing = source::search(roots, file);
    std::string near = fs::path{near_file(nothing, fs::path{file})}.replace_extension().generic_string();
    std::replace(near.begin(), near.end(), '/', '.');
    report_not_found(import, "`" + import.path + "` is not found: no `" + file + "` in " + searched(nothing), near);
    return nullptr;
  }

  void report_not_found(const ast::Import& import, std::string message, const std::string& near) {
    sink_.report({diag::Code::import_not_found,
                  import.span,
                  std::move(message),
                  {},
                  near.empty() ? "name the folder that has it with -I" : "write `" + near + "`",
                  {}});
  }

  void check_declares(const Unit& target, const std::string& dotted, const ast::Import& import) {
    const std::size_t dot = dotted.rfind('.');
    const std::string package = dot == std::string::npos ? "" : dotted.substr(0, dot);
    const std::string name = dot == std::string::npos ? dotted : dotted.substr(dot + 1);
    const auto& list = target.file.declarations;
    const bool declares = std::any_of(list.begin(), list.end(), [&](const ast::Declaration& d) { return d.name.text == name; });
    if ((declares && target.package == package) || target.file.incomplete) return;
    diag::Diagnostic fault{diag::Code::import_lacks_type, import.span, "`" + target.path + "` does not declare `" + name + "`", {}, {}, {}};
    if (declares) {
      fault.message = "`" + target.path + "` declares `" + name + "` in " +
                      (target.package.empty() ? "no package" : "package `" + target.package + "`") + ", not in " +
                      (package.empty() ? "none" : "`" + package + "`");
      if (!target.package.empty()) fault.notes.push_back({target.file.package.span, "its package is given here"});
    } else {
      std::vector<std::string> names;
      for (const ast::Declaration& declaration : list) names.push_back(declaration.name.text);
      if (const std::string near = diag::suggest(name, names); !near.empty()) fault.help = "write `" + (package.empty() ? "" : package + ".") + near + "`";
    }
    sink_.report(std::move(fault));
  }

  /// Types of the same package, and types written with their package, need no import: they are looked for when they are used.
  void reach(Unit& unit, const ast::Declaration& declaration) {
    for (const ast::Field& field : declaration.fields) {
      reach(unit, field.type);
      reach(unit, field.value);
    }
    for (const ast::Constant& constant : declaration.constants) {
      reach(unit, constant.type);
      reach(unit, constant.value);
    }
    for (const ast::Enumerator& enumerator : declaration.enumerators) reach(unit, enumerator.value);
    for (const ast::Method& method : declaration.methods) {
      reach(unit, method.result);
      for (const ast::Parameter& parameter : method.parameters) reach(unit, parameter.type);
    }
    for (const ast::Declaration& nested : declaration.nested) reach(unit, nested);
  }

  void reach(Unit& unit, const ast::Type& type) {
    for (const ast::Type& argument : type.arguments) reach(unit, argument);
    for (const ast::Dimension& dimension : type.dimensions) reach(unit, dimension.size);
    reach(unit, type.name.text(), type.name.span);
  }

  /// `a.b.Type.NAME` in an expression.
  void reach(Unit& unit, const ast::Expr& expr) {
    for (const ast::Expr& arg : expr.args) reach(unit, arg);
    const std::size_t dot = expr.text.rfind('.');
    if (expr.kind == ast::ExprKind::name && dot != std::string::npos) reach(unit, expr.text.substr(0, dot), expr.span);
  }

  void reach(Unit& unit, const std::string& name, Span span) {
    if (name.empty() || is_builtin(ast::Dialect::aidl, name)) return;
    const std::string first = name.substr(0, name.find('.'));
    for (const ast::Import& import : unit.file.imports)
      if (import.path == name || import.path.ends_with("." + first)) return;
    std::vector<std::string> candidates;
    if (!unit.package.empty()) candidates.push_back(unit.package + "." + first);
    for (std::string dotted = name; dotted.find('.') != std::string::npos; dotted.resize(dotted.rfind('.'))) candidates.push_back(dotted);
    if (unit.package.empty()) candidates.push_back(first);
    for (const std::string& candidate : candidates) {
      if (!asked_.insert({unit.root.string(), candidate}).second && !found_.contains(candidate)) continue;
      const source::Found found = source::search(aidl_roots(unit), slashes(candidate) + ".aidl");
      if (found.files.empty()) continue;
      found_.insert(candidate);
      Unit* const target = load_found(unit, found, span);
      if (target != nullptr && target != &unit && std::find(unit.imports.begin(), unit.imports.end(), target) == unit.imports.end())
        unit.imports.push_back(target);
      return;
    }
  }

  const LoadOptions& options_;
  source::Files& files_;
  diag::Sink& sink_;
  Program program_;
  std::map<std::uint32_t, Unit*> by_file_;
  std::map<std::string, const Unit*> outputs_;
  std::set<std::pair<std::string, std::string>> asked_;
  std::set<std::string> found_;
};

}  // namespace

Program load(const std::vector<std::string>& named, const LoadOptions& options, source::Files& files, diag::Sink& sink) {
  return Loader(options, files, sink).run(named);
}

}  // namespace shmidl::sema
