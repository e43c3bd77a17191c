#include "sema/load.hpp"

#include <algorithm>
#include <map>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "syntax/parser.hpp"
#include "syntax/walk.hpp"

namespace shmidl::sema {
namespace fs = std::filesystem;

namespace {

class Loader {
 public:
  Loader(const LoadOptions& options, source::Files& files, diag::Sink& sink) : options_(options), files_(files), sink_(sink), finder_(options, sink) {}

  Program run(const std::vector<std::string>& named) {
    for (const std::string& path : named) {
      if (!says_dialect(path, sink_)) continue;
      const source::LoadResult loaded = files_.load(fs::path{path}.lexically_normal());
      if (loaded.file == nullptr) {
        sink_.report({diag::Code::cannot_read, {}, "cannot read this file: " + loaded.error, {}, {}, path});
        continue;
      }
      Unit* const unit = take(loaded, {});
      if (unit == nullptr) continue;
      name_output(*unit);
      unit->whole = true;
      need(*unit);
    }
    for (std::size_t index = 0; index < queue_.size(); ++index) follow(*queue_[index]);  // grows meanwhile
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

  /// Something of this file is used.
  void need(Unit& unit) {
    if (unit.needed) return;
    unit.needed = true;
    queue_.push_back(&unit);
  }

  void follow(Unit& unit) {
    for (const ast::Import& import : unit.file.imports)
      if (unit.whole && !(unit.is_aidl() && needs_no_import(import.path))) follow(unit, import);
    if (!unit.is_aidl()) return;
    ast::Walk walk([&](const ast::Type& type, const auto& around) { reach(unit, around, type.name.text(), type.name.span); },
                   [&](const ast::Expr& name, const auto& around) {
                     const std::size_t dot = name.text.rfind('.');  // `a.b.Type.NAME`
                     if (dot != std::string::npos) reach(unit, around, name.text.substr(0, dot), name.span);
                   },
                   unit.whole);
    for (const ast::Declaration& declaration : unit.file.declarations) walk.declaration(declaration);
  }

  /// Loads the file of an import, once; null when there is none.
  Unit* follow(Unit& unit, const ast::Import& import) {
    const auto [known, fresh] = followed_.emplace(&import, nullptr);
    if (!fresh) return known->second;
    const std::optional<Hit> hit = unit.is_aidl() ? finder_.aidl(unit, import) : finder_.idl(unit, import);
    Unit* const target = hit ? load_found(unit, *hit, import.span) : nullptr;
    if (target != nullptr)
      add_import(unit, *target);
    else
      lose(unit, import);
    return known->second = target;
  }

  void add_import(Unit& unit, Unit& target) {
    if (&target == &unit) return;
    if (std::find(unit.imports.begin(), unit.imports.end(), &target) == unit.imports.end()) unit.imports.push_back(&target);
    if ((unit.is_aidl() && target.is_aidl()) || target.whole) return;
    target.whole = true;
    target.needed = false;  // it has more to bring than before
    need(target);
  }

  /// What a failed import would have declared is not reported once more where it is used.
  static void lose(Unit& unit, const ast::Import& import) {
    if (unit.is_aidl())
      unit.file.lost.push_back(import.path.substr(import.path.rfind('.') + 1));
    else
      unit.file.incomplete = true;
  }

  Unit* load_found(const Unit& importer, const Hit& hit, Span span) {
    const source::LoadResult loaded = files_.load(hit.file);
    if (loaded.file == nullptr) {
      sink_.report({diag::Code::cannot_read, span, "cannot read `" + hit.file.string() + "`: " + loaded.error, {}, {}, {}});
      return nullptr;
    }
    const fs::path folder = fs::path{importer.path}.parent_path();
    const bool beside = hit.root == folder || (hit.root == "." && folder.empty());
    return take(loaded, !beside ? hit.root : importer.root.empty() ? fs::path{"."} : importer.root);
  }

  /// A file that was found for `a.b.X` has to declare it, once X is used.
  void check_declares(Unit& unit, const Unit& target, const ast::Import& import) {
    const auto& list = target.file.declarations;
    const auto declares = [&](const ast::Declaration& declaration, const std::string& package) {
      const std::string outer = (package.empty() ? "" : package + ".") + (declaration.dotted.parts.empty() ? declaration.name.text : declaration.dotted.text());
      return import.path == outer || import.path.starts_with(outer + ".") || outer.starts_with(import.path + ".");
    };
    const auto any = [&](const std::string& package) {
      return std::any_of(list.begin(), list.end(), [&](const ast::Declaration& declaration) { return declares(declaration, package); });
    };
    if (target.file.incomplete || any(target.package)) return;
    lose(unit, import);
    const std::size_t dot = import.path.rfind('.');
    const std::string package = dot == std::string::npos ? "" : import.path.substr(0, dot);
    const std::string name = import.path.substr(dot + 1);
    diag::Diagnostic fault{diag::Code::import_lacks_type, import.span, "`" + target.path + "` does not declare `" + name + "`", {}, {}, {}};
    if (any(package)) {
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

  /// Loads the file of a type that is named: through an import, or because it is of the same package or written with its own.
  void reach(Unit& unit, const std::vector<const ast::Declaration*>& around, const std::string& name, Span span) {
    if (name.empty() || is_builtin(ast::Dialect::aidl, name)) return;
    const std::string first = name.substr(0, name.find('.'));
    const auto is_first = [&](const ast::Declaration& declaration) { return declaration.name.text == first; };
    for (const ast::Declaration* const outer : around)
      if (std::any_of(outer->nested.begin(), outer->nested.end(), is_first)) return;
    for (const ast::Import& import : unit.file.imports) {
      if (import.path != first && !import.path.ends_with("." + first)) continue;
      if (Unit* const target = needs_no_import(import.path) ? nullptr : follow(unit, import)) {
        check_declares(unit, *target, import);
        need(*target);
      }
      return;
    }
    if (std::any_of(unit.file.declarations.begin(), unit.file.declarations.end(), is_first)) return;
    std::vector<std::string> candidates;
    if (!unit.package.empty()) candidates.push_back(unit.package + "." + first);
    for (std::string dotted = name; dotted.find('.') != std::string::npos; dotted.resize(dotted.rfind('.'))) candidates.push_back(dotted);
    if (unit.package.empty()) candidates.push_back(first);
    for (const std::string& candidate : candidates) {
      const auto [known, fresh] = reached_.try_emplace({unit.root.string(), candidate}, nullptr);
      if (fresh)
        if (const std::optional<Hit> hit = finder_.named(unit, candidate, span)) known->second = load_found(unit, *hit, span);
      if (known->second == nullptr) continue;
      add_import(unit, *known->second);
      need(*known->second);
      return;
    }
  }

  const LoadOptions& options_;
  source::Files& files_;
  diag::Sink& sink_;
  ImportFinder finder_;
  Program program_;
  std::vector<Unit*> queue_;  ///< needed files; each is followed once
  std::map<std::uint32_t, Unit*> by_file_;
  std::map<std::string, const Unit*> outputs_;
  std::map<const ast::Import*, Unit*> followed_;
  std::map<std::pair<std::string, std::string>, Unit*> reached_;  ///< by the directory it was looked for from, and its name
};

}  // namespace

bool says_dialect(const std::string& path, diag::Sink& sink) {
  const fs::path ending = fs::path{path}.extension();
  std::error_code unreadable;  // is told when the file is read
  if (ending == ".idl" || ending == ".aidl" || fs::is_directory(path, unreadable)) return true;
  if (path == "-")
    sink.report({diag::Code::path_mismatch, {}, "standard input is not read, because the name of a file says how it is read", {}, {}, path});
  else
    sink.report({diag::Code::path_mismatch,
                 {},
                 "the name of this file ends neither in `.idl` nor in `.aidl`, which say how it is read",
                 {},
                 "name it `" + fs::path{path}.filename().replace_extension(".idl").string() + "`, or `.aidl` for Android's language",
                 path});
  return false;
}

Program load(const std::vector<std::string>& named, const LoadOptions& options, source::Files& files, diag::Sink& sink) {
  return Loader(options, files, sink).run(named);
}

}  // namespace shmidl::sema
