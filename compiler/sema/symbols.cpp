#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

/// `my-calc` gives `MyCalc`: split at what is not a letter or digit, capitalise each piece, join.
std::string name_from_stem(const std::string& stem) {
  std::string result;
  bool capital = true;
  for (const char c : stem) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80 || std::isalnum(u) == 0) {
      capital = true;
      continue;
    }
    result += capital ? static_cast<char>(std::toupper(u)) : c;
    capital = false;
  }
  return result;
}

class Declarer {
 public:
  explicit Declarer(Context& context) : context_(context) {}

  void run(Unit& unit) {
    unit.constants = constants(unit.file.constants, unit, nullptr);
    const ast::Declaration* nameless = nullptr;
    for (ast::Declaration& written : unit.file.declarations) {
      if (written.name.text.empty() && !name_block(unit, written, nameless)) continue;
      if (std::unique_ptr<Declaration> made = make(written, unit, nullptr)) unit.declarations.push_back(std::move(made));
    }
    names_of(unit, unit.file.declarations, unit.file.constants, {}, {}, {});
  }

 private:
  bool name_block(const Unit& unit, ast::Declaration& written, const ast::Declaration*& first) {
    const std::filesystem::path path{unit.path};
    const std::string name = name_from_stem(path.stem().string());
    if (first != nullptr) {
      context_.error(diag::Code::nameless_block, written.keyword, "a file has at most one nameless block", "write `interface Name {`",
                     {{first->keyword, "the first one is here"}});
      return false;
    }
    first = &written;
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      context_.error(diag::Code::nameless_block, written.keyword,
                     "the file name `" + path.filename().string() + "` gives no name for this block",
                     "write `interface Name {`, or begin the file name with a letter");
      return false;
    }
    written.name = {name, written.keyword};
    return true;
  }

  static std::vector<Constant> constants(const std::vector<ast::Constant>& written, Unit& unit, Declaration* owner) {
    std::vector<Constant> list;
    for (const ast::Constant& constant : written) {
      Constant made;
      made.written = &constant;
      made.name = constant.name.text;
      made.owner = owner;
      made.unit = &unit;
      list.push_back(std::move(made));
    }
    return list;
  }

  static std::string full_name(const ast::Declaration& written) {
    return written.kind == DeclKind::unstructured && !written.dotted.parts.empty() ? written.dotted.text() : written.name.text;
  }

  /// `parcelable X;` in one place and its fields in another: the first one only announces it.
  [[nodiscard]] bool announces(const ast::Declaration& written, const Unit& unit) const {
    if (written.kind != DeclKind::unstructured || !written.headers.empty()) return false;
    const auto defines = [&](const auto& other) {
      return other->package == unit.package && std::any_of(other->file.declarations.begin(), other->file.declarations.end(), [&](const auto& d) {
               return d.kind != DeclKind::forward && d.kind != DeclKind::unstructured && d.name.text == full_name(written);
             });
    };
    return std::any_of(context_.program.units.begin(), context_.program.units.end(), defines);
  }

  /// `interface X;` where some file of the program says more about X.
  [[nodiscard]] bool defined(const ast::Declaration& written, const Unit& unit) const {
    const auto defines = [&](const auto& other) {
      return other->package == unit.package && std::any_of(other->file.declarations.begin(), other->file.declarations.end(), [&](const auto& d) {
               return &d != &written && d.name.text == written.name.text;
             });
    };
    return std::any_of(context_.program.units.begin(), context_.program.units.end(), defines);
  }

  /// A union's `Tag`: an enumeration of its members.
  std::unique_ptr<Declaration> tag_of(const ast::Declaration& written, Unit& unit, Declaration& owner) {
    auto tag = std::make_unique<ast::Declaration>();
    tag->kind = DeclKind::enumeration;
    tag->keyword = written.keyword;
    tag->span = written.span;
    tag->name = {"Tag", written.name.span};
    for (const ast::Field& field : written.fields) tag->enumerators.push_back({{}, {}, field.name, {}, field.span});
    unit.implied.push_back(std::move(tag));
    std::unique_ptr<Declaration> made = make(*unit.implied.back(), unit, &owner);
    made->implied = true;
    made->type.kind = TypeKind::int32;
    return made;
  }

  std::unique_ptr<Declaration> make(const ast::Declaration& written, Unit& unit, Declaration* parent) {
    if ((written.kind == DeclKind::forward && (!unit.is_aidl() || parent != nullptr || defined(written, unit))) || announces(written, unit)) return nullptr;
    auto made = std::make_unique<Declaration>();
    made->written = &written;
    made->kind = written.kind == DeclKind::forward ? DeclKind::interface : written.kind;
    made->name = written.name.text;
    const std::string outer = parent != nullptr ? parent->qualified : unit.package;
    made->qualified = (outer.empty() ? "" : outer + ".") + full_name(written);
    made->wire_name = made->qualified;
    made->parent = parent;
    made->unit = &unit;
    made->constants = constants(written.constants, unit, made.get());
    for (const ast::Enumerator& e : written.enumerators) made->enumerators.push_back({&e, e.name.text, {}, 0});
    for (const ast::Field& f : written.fields) {
      made->fields.emplace_back();
      made->fields.back().written = &f;
      made->fields.back().name = f.name.text;
    }
    for (const ast::Method& m : written.methods) {
      made->methods.emplace_back();
      made->methods.back().written = &m;
      made->methods.back().name = m.name.text;
      made->methods.back().oneway = m.oneway || written.oneway;
    }
    if (written.kind == DeclKind::union_) made->nested.push_back(tag_of(written, unit, *made));
    for (const ast::Declaration& inner : written.nested)
      if (std::unique_ptr<Declaration> nested = make(inner, unit, made.get())) made->nested.push_back(std::move(nested));
    if (written.kind == DeclKind::union_)
      for (const ast::Declaration& inner : written.nested)
        if (inner.name.text == "Tag")
          context_.error(diag::Code::duplicate_name, inner.name.span, "`Tag` is the enumeration of the union's members", "give it another name",
                         {{written.name.span, "the union is here"}});
    names_of(unit, written.nested, written.constants, written.fields, written.methods, written.enumerators);

    const auto [other, fresh] = context_.by_name.emplace(made->qualified, made.get());
    if (!fresh && other->second->unit != &unit)  // twice in one file is told by names_of
      context_.error(diag::Code::duplicate_name, written.name.span, "`" + made->qualified + "` is declared twice", {},
                     {{name_span(*other->second), "first declared here"}});
    return made;
  }

  /// Everything that has a name in one scope, in source order; a name means one thing.
  void names_of(const Unit& unit, const std::vector<ast::Declaration>& nested, const std::vector<ast::Constant>& constant_list,
                const std::vector<ast::Field>& fields, const std::vector<ast::Method>& methods,
                const std::vector<ast::Enumerator>& enumerators) {
    std::vector<const ast::Name*> names;
    for (const auto& node : nested)
      if (node.kind != DeclKind::forward && !announces(node, unit)) names.push_back(&node.name);
    for (const auto& node : constant_list) names.push_back(&node.name);
    for (const auto& node : fields) names.push_back(&node.name);
    for (const auto& node : methods) names.push_back(&node.name);
    for (const auto& node : enumerators) names.push_back(&node.name);
    std::sort(names.begin(), names.end(), [](const ast::Name* a, const ast::Name* b) { return a->span.begin < b->span.begin; });
    std::map<std::string_view, const ast::Name*> first;
    for (const ast::Name* const name : names) {
      if (name->text.empty()) continue;
      const auto [entry, fresh] = first.emplace(name->text, name);
      if (fresh) continue;
      const auto is_method = [&](const ast::Name* n) {
        return std::any_of(methods.begin(), methods.end(), [&](const ast::Method& m) { return &m.name == n; });
      };
      const bool both_methods = is_method(name) && is_method(entry->second);
      context_.error(diag::Code::duplicate_name, name->span, "`" + name->text + "` is declared twice",
                     both_methods ? "give it a name of its own: methods are not overloaded" : "",
                     {{entry->second->span, "first declared here"}});
    }
  }

  Context& context_;
};

Declaration* nested_in(const std::vector<std::unique_ptr<Declaration>>& list, std::string_view name) {
  for (const auto& declaration : list)
    if (declaration->name == name) return declaration.get();
  return nullptr;
}

Declaration* member_path(Declaration* from, const ast::Path& path, std::size_t part) {
  for (; from != nullptr && part < path.parts.size(); ++part) from = nested_in(from->nested, path.parts[part].text);
  return from;
}

Declaration* global(const Context& context, const std::string& name) {
  const auto found = context.by_name.find(name);
  return found == context.by_name.end() ? nullptr : found->second;
}

Declaration* top_level(const Context& context, const Unit& unit, const std::string& name) {
  Declaration* const found = global(context, unit.package.empty() ? name : unit.package + "." + name);
  return found != nullptr && found->unit == &unit ? found : nullptr;
}

bool lost_in(const Unit& unit, const std::string& name) {
  const std::vector<std::string>& lost = unit.file.lost;
  return unit.file.incomplete || std::find(lost.begin(), lost.end(), name) != lost.end();
}

}  // namespace

void declare(Context& context) {
  for (const auto& unit : context.program.units)
    if (!unit->ignored) Declarer(context).run(*unit);
}

Lookup look_up(const Context& context, const Scope& scope, const ast::Path& path) {
  if (path.parts.empty()) return {nullptr, nullptr, true};
  const std::string& first = path.parts.front().text;
  for (Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent) {
    Declaration* const start = outer->name == first ? outer : nested_in(outer->nested, first);
    if (Declaration* const found = member_path(start, path, 1)) return {found};
  }
  if (Declaration* const found = member_path(top_level(context, *scope.unit, first), path, 1)) return {found};

  Lookup result;
  for (const ast::Import& import : scope.unit->file.imports) {
    if (!scope.unit->is_aidl() || !import.path.ends_with("." + first)) continue;
    result.found = member_path(global(context, import.path), path, 1);
    if (result.found == nullptr) result.found = global(context, import.path + path.text().substr(first.size()));  // `Outer.Inner` of foreign types
    if (result.found != nullptr) return result;
  }
  for (const Unit* const import : scope.unit->imports) {
    Declaration* const found = member_path(top_level(context, *import, first), path, 1);
    if (found == nullptr) continue;
    if (result.found != nullptr && !scope.unit->is_aidl()) result.other = found;
    if (result.found == nullptr) result.found = found;
  }
  if (result.found != nullptr) return result;
  if (Declaration* const found = global(context, path.text())) return {found};
  if (Declaration* const found = global(context, scope.unit->package + "." + path.text()); found != nullptr && scope.unit->is_aidl()) return {found};
  result.swallow = lost_in(*scope.unit, first);
  for (const Unit* const import : scope.unit->imports) result.swallow = result.swallow || lost_in(*import, first);
  return result;
}

std::vector<std::string> visible_names(const Scope& scope) {
  std::vector<std::string> names = builtin_names(scope.unit->file.dialect);
  for (const Declaration* outer = scope.inside; outer != nullptr; outer = outer->parent)
    for (const auto& nested : outer->nested) names.push_back(nested->name);
  for (const auto& declaration : scope.unit->declarations) names.push_back(declaration->name);
  for (const Unit* const import : scope.unit->imports)
    for (const auto& declaration : import->declarations) names.push_back(declaration->name);
  return names;
}

Span name_span(const Declaration& declaration) { return declaration.written->name.span; }

std::string declared_at(const Context& context, const Declaration& declaration) {
  const Span span = name_span(declaration);
  const source::File& file = context.files.at(span.file);
  return "`" + declaration.name + "`, declared at " + file.path() + ":" + std::to_string(file.position(span.begin).line);
}

}  // namespace shmidl::sema
