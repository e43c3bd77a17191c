#include <algorithm>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::uint64_t kMostElements = 1U << 24U;  // of a fixed array; chosen, not measured

std::string unsupported(const std::string& what) { return what + " is not done by this version of shmidl"; }

void report_unknown(Context& context, const Scope& scope, const ast::Path& path) {
  const std::string name = path.text();
  if (const Span declared = constant_named(scope, name); !declared.empty()) {
    context.error(Code::not_a_type, path.span, "`" + name + "` is a constant, not a type", {}, {{declared, "declared here"}});
    return;
  }
  std::string help;
  const std::string_view here = spelled_here(scope.unit->file.dialect, name);
  if (!here.empty()) {
    help = "write `" + std::string{here} + "`";
  } else if (const std::string near = diag::suggest(name, visible_names(scope)); !near.empty()) {
    ast::Path guess;
    guess.parts.push_back({near, {}});
    const Lookup meant = look_up(context, scope, guess);
    help = "write " + (meant.found != nullptr ? declared_at(context, *meant.found) : "`" + near + "`");
  }
  context.error(Code::unknown_type, path.span, "`" + name + "` is not a declared type", help);
}

Type named(Context& context, const Scope& scope, const ast::Path& path) {
  const std::string name = path.text();
  const ast::Dialect dialect = scope.unit->file.dialect;
  const Lookup lookup = look_up(context, scope, path);
  if (lookup.found == nullptr) {
    if (const std::optional<TypeKind> kind = builtin(dialect, name)) {
      if (*kind == TypeKind::error) context.error(Code::unknown_type, path.span, "`" + name + "` is not a type of C");
      return {*kind, nullptr, nullptr, 0};
    }
    if (is_unsupported_builtin(dialect, name))
      context.error(Code::not_supported, path.span, unsupported("`" + name + "`"));
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
  if (found.unit != scope.unit) {
    std::vector<const Unit*>& used = scope.unit->used;
    if (std::find(used.begin(), used.end(), found.unit) == used.end()) used.push_back(found.unit);
  }
  switch (found.kind) {
    case DeclKind::structure:
      return {TypeKind::structure, &found, nullptr, 0};
    case DeclKind::enumeration:
      return {TypeKind::enumeration, &found, nullptr, 0};
    case DeclKind::alias:
      resolve_declared(context, found);
      return found.type;
    case DeclKind::interface:
      context.error(Code::not_supported, path.span, unsupported("an interface as a value (`" + name + "`)"));
      return {};
    default:
      context.error(Code::not_supported, path.span, unsupported("the type `" + name + "`"), {}, {{name_span(found), "declared here"}});
      return {};
  }
}

Type array_of(Type element) {
  Type array{TypeKind::array, nullptr, nullptr, 0};
  if (element.is(TypeKind::error)) return {};
  array.element = std::make_shared<const Type>(std::move(element));
  return array;
}

/// AIDL's byte is signed alone and unsigned in an array.
Type as_element(const Scope& scope, Type type) {
  if (scope.unit->is_aidl() && type.is(TypeKind::int8)) type.kind = TypeKind::uint8;
  return type;
}

Type list_of(Context& context, const Scope& scope, const ast::Type& type) {
  if (type.arguments.size() != 1) {
    context.error(Code::type_arguments, type.name.span, "`List` takes 1 type, here it has " + std::to_string(type.arguments.size()),
                  "write `List<T>`");
    return {};
  }
  const ast::Type& argument = type.arguments.front();
  const Type element = resolve(context, scope, argument);
  if (element.is(TypeKind::error)) return {};
  if (scope.unit->is_aidl() && !element.is(TypeKind::string) && !element.is(TypeKind::structure) && !element.is(TypeKind::enumeration) &&
      !element.is(TypeKind::array)) {
    context.error(Code::type_arguments, argument.span, "`List` holds no `" + argument.name.text() + "`",
                  "write `" + argument.name.text() + "[]`");
    return {};
  }
  if (element.is(TypeKind::array) || element.is(TypeKind::fixed_array)) {
    context.error(Code::not_supported, argument.span, unsupported("a list of arrays"), "put the inner array into a struct");
    return {};
  }
  if (element.is(TypeKind::void_)) {
    context.error(Code::misplaced_void, argument.span, "`void` is not a value, so there is no list of it");
    return {};
  }
  return array_of(as_element(scope, element));
}

Type with_dimension(Context& context, const Scope& scope, Type type, const ast::Dimension& dimension) {
  if (type.is(TypeKind::error)) return {};
  if (type.is(TypeKind::void_)) {
    context.error(Code::misplaced_void, dimension.span, "`void` is not a value, so there is no array of it");
    return {};
  }
  if (!dimension.size.present()) return array_of(as_element(scope, std::move(type)));
  const Type as_long{TypeKind::int64, nullptr, nullptr, 0};
  const Value size = evaluate_for(context, scope, dimension.size, as_long, "an array size");
  if (size.kind == ValueKind::none) return {};
  if (size.integer < 1 || size.integer > static_cast<Wide>(kMostElements)) {
    context.error(
        Code::array_size, dimension.size.span,
        "an array has 1 to " + std::to_string(kMostElements) + " elements, not " + std::to_string(static_cast<long long>(size.integer)));
    return {};
  }
  Type array{TypeKind::fixed_array, nullptr, nullptr, static_cast<std::uint64_t>(size.integer)};
  array.element = std::make_shared<const Type>(as_element(scope, std::move(type)));
  return array;
}

}  // namespace

std::string type_name(const Type& type) {
  switch (type.kind) {
    case TypeKind::structure:
    case TypeKind::enumeration:
      return type.declared->qualified;
    case TypeKind::array:
      return type_name(*type.element) + "[]";
    case TypeKind::fixed_array:
      return type_name(*type.element) + "[" + std::to_string(type.length) + "]";
    default:
      return std::string{kind_name(type.kind)};
  }
}

Type resolve(Context& context, const Scope& scope, const ast::Type& type) {
  Type result;
  const bool generic = !type.arguments.empty();
  if (type.name.text() == "List") {
    result = list_of(context, scope, type);
  } else {
    result = named(context, scope, type.name);
    if (generic && !result.is(TypeKind::error)) {
      context.error(Code::type_arguments, type.name.span, "`" + type.name.text() + "` takes no types", {});
      return {};
    }
  }
  if (type.is_stream) context.error(Code::not_supported, type.span, unsupported("`stream`"));
  if (!type.pointers.empty()) {
    if (result.is(TypeKind::char8) && type.pointers.size() == 1 && type.is_const) {
      result = {TypeKind::string, nullptr, nullptr, 0};
    } else if (!result.is(TypeKind::error)) {
      const bool text = result.is(TypeKind::char8) && type.pointers.size() == 1;
      context.error(
          Code::c_construct, type.pointers.front(), "an address has no meaning in another process",
          text ? "write `const char *` or `string`" : "write the value itself, or an array such as `" + type.name.text() + " name[]`");
      return {};
    }
  }
  if (type.dimensions.size() > 1) {
    if (!result.is(TypeKind::error))
      context.error(Code::not_supported, type.dimensions[1].span, unsupported("an array of arrays"), "put the inner array into a struct");
    return {};
  }
  if (!type.dimensions.empty() && (result.is(TypeKind::array) || result.is(TypeKind::fixed_array))) {
    context.error(Code::not_supported, type.dimensions.front().span, unsupported("an array of arrays"),
                  "put the inner array into a struct");
    return {};
  }
  for (const ast::Dimension& dimension : type.dimensions) result = with_dimension(context, scope, std::move(result), dimension);
  return result;
}

void resolve_declared(Context& context, Declaration& declaration) {
  if (declaration.resolved == Progress::done) return;
  const Scope scope{declaration.unit, declaration.parent};
  if (declaration.resolved == Progress::running) {
    context.error(Code::contains_itself, name_span(declaration), "`" + declaration.name + "` is defined by itself");
    declaration.type = {};
    return;
  }
  declaration.resolved = Progress::running;
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
                      "an enum is stored as an integer, not as `" + type_name(written) + "`");
    }
  }
  declaration.resolved = Progress::done;
}

void resolve_members(Context& context) {
  for (const auto& unit : context.program.units)
    for (Constant& constant : unit->constants) constant.type = resolve(context, {unit.get(), nullptr}, constant.written->type);
  each_declaration(context.program, [&](Declaration& declaration) {
    const Scope scope{declaration.unit, &declaration};
    resolve_declared(context, declaration);
    if (declaration.kind == DeclKind::union_) context.error(Code::not_supported, name_span(declaration), unsupported("a union"));
    if (declaration.kind == DeclKind::unstructured)
      context.error(Code::not_supported, name_span(declaration), unsupported("a parcelable without fields of its own"));
    if (!declaration.written->parameters.empty())
      context.error(Code::not_supported, declaration.written->parameters.front().span, unsupported("a type with type parameters"));
    for (Constant& constant : declaration.constants) constant.type = resolve(context, scope, constant.written->type);
    if (declaration.kind == DeclKind::structure && declaration.written->parameters.empty()) {
      for (Field& field : declaration.fields) {
        field.type = resolve(context, scope, field.written->type);
        if (field.type.is(TypeKind::void_))
          context.error(Code::misplaced_void, field.written->type.span, "`void` is not a value: a field needs another type");
      }
    }
    for (Method& method : declaration.methods) {
      method.result = resolve(context, scope, method.written->result);
      for (const ast::Type& thrown : method.written->throws) context.error(Code::not_supported, thrown.span, unsupported("`throws`"));
      resolve_parameters(context, scope, method);
    }
  });
}

}  // namespace shmidl::sema
