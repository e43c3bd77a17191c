#include <algorithm>
#include <cctype>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"

// The type that a name stands for.
namespace shmidl::sema {
namespace {

using diag::Code;

/// What to write where no name is like the one that is not known; nothing where that does not look like a type's.
std::string import_of(ast::Dialect dialect, const ast::Path& path) {
  const auto capital = [](const ast::Name& part) { return std::isupper(static_cast<unsigned char>(part.text[0])) != 0; };
  if (dialect == ast::Dialect::aidl && (!capital(path.parts.back()) || (path.parts.size() > 1 && capital(path.parts.front())))) return {};
  if (dialect == ast::Dialect::idl) return "declare it, or import the file that does: `import \"PATH\";`";
  if (path.parts.size() == 1) return "declare it in a file of this package, or import it from another: `import a.b." + path.text() + ";`";
  return "give the folder that holds its package with -I";
}

/// Every type of every file that was read, with its package.
std::vector<std::string> qualified_names(const Context& context) {
  std::vector<std::string> names;
  for (const auto& [name, declaration] : context.by_name) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

void report_unknown(Context& context, const Scope& scope, const ast::Path& path) {
  const std::string name = path.text();
  if (!context.suggests()) return context.error(Code::unknown_type, path.span, "`" + name + "` is not a declared type");
  if (const Span declared = constant_named(scope, name); !declared.empty()) {
    context.error(Code::not_a_type, path.span, "`" + name + "` is a constant, not a type", {}, {{declared, "declared here"}});
    return;
  }
  std::string help;
  const std::string_view here = spelled_here(scope.unit->file.dialect, name);
  if (!here.empty()) {
    help = "write `" + std::string{here} + "`";
  } else if (const std::string near = diag::suggest(name, path.parts.size() > 1 ? qualified_names(context) : visible_names(scope)); !near.empty()) {
    ast::Path guess;
    guess.parts.push_back({near, {}});
    const Lookup meant = look_up(context, scope, guess);
    help = "write " + (meant.found != nullptr && path.parts.size() == 1 ? declared_at(context, *meant.found) : "`" + near + "`");
  } else {
    help = import_of(scope.unit->file.dialect, path);
  }
  if (name == "RemoteException" || name == "Exception") help = "remove it: a call that fails needs no `throws`";
  context.error(Code::unknown_type, path.span, "`" + name + "` is not a declared type", help);
}

/// Remembers what C++ has to include; an interface at the top of a file can be announced instead.
void note_use(const Scope& scope, const Declaration& found, Span span) {
  if (found.unit == scope.unit) return;
  const bool handle = found.kind == DeclKind::interface && found.parent == nullptr;
  std::vector<Use>& list = handle ? scope.unit->handles : scope.unit->used;
  const bool known = std::any_of(list.begin(), list.end(), [&](const Use& use) {
    return handle ? use.declaration == &found : use.declaration->unit == found.unit;
  });
  if (!known) list.push_back({&found, span});
}

void note_use(const Scope& scope, const Type& type, Span span) {
  if (type.declared != nullptr) note_use(scope, *type.declared, span);
  if (type.element) note_use(scope, *type.element, span);
}

bool is_type_parameter(const Scope& scope, const std::string& name, Span& declared) {
  if (scope.inside == nullptr) return false;
  for (const ast::Name& parameter : scope.inside->written->parameters) {
    if (parameter.text != name) continue;
    declared = parameter.span;
    return true;
  }
  return false;
}

}  // namespace

Type named_type(Context& context, const Scope& scope, const ast::Path& path) {
  const std::string name = path.text();
  const ast::Dialect dialect = scope.unit->file.dialect;
  const Lookup lookup = look_up(context, scope, path);
  if (lookup.found == nullptr) {
    if (const std::optional<TypeKind> kind = builtin(dialect, name)) {
      if (*kind == TypeKind::error) context.error(Code::unknown_type, path.span, "`" + name + "` is not a type of C", "write `" + name.substr(name.rfind(' ') + 1) + "`");
      return {*kind, nullptr, nullptr, 0};
    }
    Span declared;
    if (is_java_only(dialect, name))
      report_java_only(context, path);
    else if (is_type_parameter(scope, name, declared))
      context.error(Code::type_place, path.span, "`" + name + "` is a type parameter, and no value has its type",
                    "write the type itself, or a `ParcelableHolder`, which holds any parcelable",
                    {{declared, "declared here"}});
    else if (!lookup.swallow)
      report_unknown(context, scope, path);
    return {};
  }
  if (lookup.other != nullptr) {
    context.error(Code::ambiguous_name, path.span, "`" + name + "` is declared by two imports", "write it with its package",
                  {{name_span(*lookup.found), "one is here"}, {name_span(*lookup.other), "the other is here"}});
    return {};
  }
  Declaration& found = *lookup.found;
  context.need(*found.unit);
  note_use(scope, found, path.span);
  switch (found.kind) {
    case DeclKind::structure:
      return {TypeKind::structure, &found, nullptr, 0};
    case DeclKind::union_:
      return {TypeKind::union_, &found, nullptr, 0};
    case DeclKind::enumeration:
      return {TypeKind::enumeration, &found, nullptr, 0};
    case DeclKind::interface:
      return {TypeKind::interface, &found, nullptr, 0};
    case DeclKind::alias:
      resolve_declared(context, found);
      note_use(scope, found.type, path.span);
      return found.type;
    default:
      return {TypeKind::external, &found, nullptr, 0};
  }
}

void report_java_only(Context& context, const ast::Path& path) {
  const std::string name = path.text();
  context.error(Code::type_place, path.span, "`" + name + "` exists only in Java",
                unqualified_builtin(name) == "Map" ? "write a `List` of a parcelable that holds a key and a value" : "write `String`");
}

}  // namespace shmidl::sema
