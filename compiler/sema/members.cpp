#include <algorithm>
#include <map>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

// The types of everything that has one, each checked for the place where it stands.
namespace shmidl::sema {
namespace {

using diag::Code;

void report_alias_cycle(Context& context, const Declaration& declaration) {
  std::string path;
  std::vector<diag::Note> notes;
  for (auto step = std::find(context.resolving.begin(), context.resolving.end(), &declaration); step != context.resolving.end(); ++step) {
    path += "`" + (*step)->name + "` is ";
    if (*step != &declaration) notes.push_back({name_span(**step), "`" + (*step)->name + "` is declared here"});
  }
  context.error(Code::contains_itself, name_span(declaration),
                "`" + declaration.name + "` is defined by itself: " + path + "`" + declaration.name + "`", {}, std::move(notes));
}

Type field_type(Context& context, const Scope& scope, const Field& field) {
  Type type = resolve(context, scope, field.written->type, field.written->annotations);
  if (type.is(TypeKind::void_))
    context.error(Code::misplaced_void, field.written->type.span, "`void` is not a value: a field needs another type");
  else if (type.is(TypeKind::holder) && scope.inside->kind == DeclKind::union_)
    context.error(Code::type_place, field.written->type.span, "a union holds no `ParcelableHolder`",
                  "put it into a parcelable, and that into the union");
  else
    return type;
  return {};
}

void resolve_throws(Context& context, const Scope& scope, Method& method) {
  const ast::Dialect dialect = scope.unit->file.dialect;
  std::map<const Declaration*, Span> seen;
  for (const ast::Type& written : method.written->throws) {
    Type type = resolve(context, scope, written);
    if (type.is(TypeKind::error)) continue;
    if (!type.is(TypeKind::structure)) {
      context.error(Code::thrown, written.span, "a method throws " + record(dialect) + "s, and `" + spelled(type, dialect) + "` is none",
                    "put the value into a " + record(dialect));
      continue;
    }
    const auto [first, fresh] = seen.emplace(type.declared, written.span);
    if (!fresh)
      context.error(Code::thrown, written.span, "`" + type.declared->name + "` is thrown twice", "remove one of the two",
                    {{first->second, "first written here"}});
    else
      method.throws.push_back(std::move(type));
  }
  if (method.oneway && !method.written->throws.empty())
    context.error(Code::oneway_result, method.written->throws.front().span, "nothing comes back from a oneway method, so it throws nothing",
                  "remove `throws`, or `oneway`");
}

void resolve_method(Context& context, const Scope& scope, Method& method) {
  method.result = resolve(context, scope, method.written->result, method.written->annotations);
  if (method.result.is(TypeKind::holder)) {
    context.error(Code::type_place, method.written->result.span, "a `ParcelableHolder` is a field, not a result",
                  "put it into a parcelable");
    method.result = {};
  }
  resolve_parameters(context, scope, method);
  resolve_throws(context, scope, method);
}

void check_type_parameters(Context& context, Declaration& declaration) {
  std::map<std::string_view, Span> seen;
  for (const ast::Name& name : declaration.written->parameters) {
    const auto [first, fresh] = seen.emplace(name.text, name.span);
    if (!fresh)
      context.error(Code::duplicate_name, name.span, "`" + name.text + "` is declared twice", {}, {{first->second, "first declared here"}});
    declaration.type_parameters.push_back(name.text);
  }
  if (declaration.kind == DeclKind::union_ && !seen.empty())
    context.error(Code::type_arguments, declaration.written->parameters.front().span, "a union has no type parameters", {},
                  {{name_span(declaration), "declared here"}});
}

void resolve_unit(Context& context, Unit& unit) {
  if (unit.whole)
    for (Constant& constant : unit.constants)
      constant.type = resolve(context, {&unit, nullptr}, constant.written->type, constant.written->annotations);
  each_declaration(unit.declarations, [&](Declaration& declaration) {
    const Scope scope{&unit, &declaration};
    resolve_declared(context, declaration);
    check_type_parameters(context, declaration);
    for (Field& field : declaration.fields) field.type = field_type(context, scope, field);
    if (unit.whole) {
      for (Constant& constant : declaration.constants)
        constant.type = resolve(context, scope, constant.written->type, constant.written->annotations);
      for (Method& method : declaration.methods) resolve_method(context, scope, method);
    }  // of an imported interface only a handle travels: what its methods take is its own file's matter
  });
}

}  // namespace

void resolve_declared(Context& context, Declaration& declaration) {
  if (declaration.resolved == Progress::done) return;
  const Scope scope{declaration.unit, declaration.parent};
  if (declaration.resolved == Progress::running) {
    report_alias_cycle(context, declaration);
    declaration.type = {};
    return;
  }
  constexpr std::size_t kDeepest = 1000;  // chosen, not measured
  if (context.resolving.size() == kDeepest) {
    context.error(Code::too_large, name_span(declaration), "more than 1000 types are defined by each other in a row");
    declaration.resolved = Progress::done;
    return;
  }
  declaration.resolved = Progress::running;
  context.resolving.push_back(&declaration);
  if (declaration.kind == DeclKind::alias) {
    declaration.type = resolve(context, scope, declaration.written->type);
    if (declaration.type.is(TypeKind::void_)) context.error(Code::misplaced_void, declaration.written->type.span, "`void` is not a value");
  } else if (declaration.kind == DeclKind::enumeration && declaration.type.is(TypeKind::error)) {
    declaration.type = {declaration.unit->is_aidl() ? TypeKind::int8 : TypeKind::int32, nullptr, nullptr, 0};
    if (!declaration.written->type.name.parts.empty()) {
      const Type written = resolve(context, scope, declaration.written->type);
      if (is_integer(written.kind))
        declaration.type = written;
      else if (!written.is(TypeKind::error))
        context.error(Code::constant_type, declaration.written->type.span,
                      "an enum is stored as an integer, not as `" + spelled(written, declaration.unit->file.dialect) + "`");
    }
  }
  context.resolving.pop_back();
  declaration.resolved = Progress::done;
}

void resolve_members(Context& context) {
  for (std::size_t index = 0; index < context.waiting.size(); ++index) resolve_unit(context, *context.waiting[index]);  // grows meanwhile
  context.waiting.clear();
}

}  // namespace shmidl::sema
