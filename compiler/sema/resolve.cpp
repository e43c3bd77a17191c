#include <algorithm>

#include "diag/suggest.hpp"
#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::uint64_t kMostElements = 1U << 24U;  // of a fixed array; chosen, not measured
constexpr Wide kLargestBound = 1U << 30U;           // what one call can carry

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

Type named(Context& context, const Scope& scope, const ast::Path& path) {
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
      context.error(Code::type_place, path.span, "`" + name + "` exists only in Java",
                    name == "Map" ? "write a `List` of a parcelable that holds a key and a value" : "write `String`");
    else if (is_type_parameter(scope, name, declared))
      context.error(Code::type_place, path.span, "`" + name + "` is a type parameter, and no value has its type", {},
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

/// AIDL's byte is signed alone and unsigned in an array.
Type as_element(const Scope& scope, Type type) {
  if (scope.unit->is_aidl() && type.is(TypeKind::int8)) type.kind = TypeKind::uint8;
  return type;
}

Type array_of(const Scope& scope, Type element) {
  if (element.is(TypeKind::error)) return {};
  Type array{TypeKind::array, nullptr, nullptr, 0};
  array.element = std::make_shared<const Type>(as_element(scope, std::move(element)));
  return array;
}

/// Reports what no array and no list holds.
bool is_element(Context& context, const Scope& scope, const Type& type, Span span, const std::string& container) {
  if (type.is(TypeKind::error)) return false;
  if (type.is(TypeKind::void_)) {
    context.error(Code::misplaced_void, span, "`void` is not a value, so there is no " + container + " of it");
    return false;
  }
  if (type.is(TypeKind::array) || type.is(TypeKind::fixed_array)) {
    context.error(Code::type_place, span, "there is no " + container + " of arrays or lists",
                  "put the inner one into a " + record(scope.unit->file.dialect));
    return false;
  }
  if (type.is(TypeKind::holder)) {
    context.error(Code::type_place, span, "there is no " + container + " of `ParcelableHolder`", "put it into a parcelable");
    return false;
  }
  return true;
}

Type list_of(Context& context, const Scope& scope, const ast::Type& type) {
  if (type.arguments.size() != 1) {
    context.error(Code::type_arguments, type.name.span, "`List` takes 1 type, here it has " + std::to_string(type.arguments.size()),
                  "write `List<T>`");
    return {};
  }
  const ast::Type& argument = type.arguments.front();
  const Type element = resolve(context, scope, argument);
  if (!is_element(context, scope, element, argument.span, "list")) return {};
  const TypeKind kind = value_of(element).kind;
  if (scope.unit->is_aidl() && (is_scalar(kind) || kind == TypeKind::enumeration || (kind == TypeKind::fd && argument.name.text() == "FileDescriptor") ||
                                kind == TypeKind::blob)) {
    context.error(Code::type_arguments, argument.span, "`List` holds no `" + argument.name.text() + "`",
                  "write `" + argument.name.text() + "[]`");
    return {};
  }
  return array_of(scope, element);
}

void generic(Context& context, const Scope& scope, const ast::Type& written, Type& type) {
  const bool has_parameters = type.is(TypeKind::structure) || type.is(TypeKind::external);
  const std::size_t needs = has_parameters ? type.declared->written->parameters.size() : 0;
  const std::size_t given = written.arguments.size();
  if (type.is(TypeKind::error) || (needs == given && given == 0)) return;
  if (needs != given) {
    std::vector<diag::Note> notes;
    if (type.declared != nullptr) notes.push_back({name_span(*type.declared), "declared here"});
    context.error(Code::type_arguments, written.name.span,
                  "`" + written.name.text() + "` takes " +
                      (needs == 0   ? "no types"
                       : needs == 1 ? "1 type, here it has " + std::to_string(given)
                                    : std::to_string(needs) + " types, here it has " + std::to_string(given)),
                  {}, std::move(notes));
    type = {};
    return;
  }
  for (const ast::Type& argument : written.arguments) {
    Type made = resolve(context, scope, argument);
    if (made.is(TypeKind::error)) continue;
    if (made.is(TypeKind::void_) || made.is(TypeKind::holder))
      context.error(Code::type_arguments, argument.span, "`" + argument.name.text() + "` cannot stand for a type parameter",
                    "write the type of a value");
    type.arguments.push_back(std::move(made));
  }
}

Type with_dimension(Context& context, const Scope& scope, Type type, const ast::Dimension& dimension, bool inner) {
  if (inner ? type.is(TypeKind::error) : !is_element(context, scope, type, dimension.span, "array")) return {};
  if (!dimension.size.present()) return array_of(scope, std::move(type));
  const Type as_long{TypeKind::int64, nullptr, nullptr, 0};
  const Value size = evaluate_for(context, scope, dimension.size, as_long, "an array size");
  if (size.kind == ValueKind::none) return {};
  if (size.integer < 1 || size.integer > static_cast<Wide>(kMostElements)) {
    context.error(Code::array_size, dimension.size.span,
                  "an array has 1 to " + std::to_string(kMostElements) + " elements, not " + to_text(size.integer));
    return {};
  }
  Type array{TypeKind::fixed_array, nullptr, nullptr, static_cast<std::uint64_t>(size.integer)};
  array.element = std::make_shared<const Type>(as_element(scope, std::move(type)));
  return array;
}

/// `int[2][3]`: two arrays of three. Only arrays of a fixed size lie in each other.
Type with_dimensions(Context& context, const Scope& scope, Type type, const std::vector<ast::Dimension>& dimensions) {
  std::size_t count = 1;
  for (const Type* inner = &type; inner->is(TypeKind::fixed_array); inner = inner->element.get()) ++count;
  const bool fixed = std::all_of(dimensions.begin(), dimensions.end(), [](const ast::Dimension& d) { return d.size.present(); });
  if (!fixed && dimensions.size() + count > 2 && !type.is(TypeKind::error)) {
    const auto open = std::find_if(dimensions.begin(), dimensions.end(), [](const ast::Dimension& d) { return !d.size.present(); });
    context.error(Code::type_place, open->span, "only arrays of a fixed size have more than one dimension",
                  "give every dimension a size, or put the inner array into a " + record(scope.unit->file.dialect));
    return {};
  }
  bool inner = count > 1;
  for (auto dimension = dimensions.rbegin(); dimension != dimensions.rend(); ++dimension) {
    type = with_dimension(context, scope, std::move(type), *dimension, inner);
    inner = true;
  }
  return type;
}

Type without_pointers(Context& context, const ast::Type& written, Type type) {
  if (written.pointers.empty() || type.is(TypeKind::error)) return type;
  const bool text = type.is(TypeKind::char8) && written.pointers.size() == 1;
  if (text && written.is_const) return {TypeKind::string, nullptr, nullptr, 0};
  context.error(Code::c_construct, written.pointers.front(), "an address has no meaning in another process",
                text ? "write `const char *` or `string`"
                     : "write the value itself, or an array such as `" + written.name.text() + " name[]`");
  return {};
}

Type nullable(Context& context, ast::Dialect dialect, const ast::Annotation& annotation, Type type) {
  const ast::Expr* const heap = argument_of(annotation, "heap");
  const bool boxed = heap != nullptr && heap->text == "true";
  const auto refuse = [&](const std::string& what, const std::string& help) {
    context.error(Code::not_nullable, annotation.span, what, help);
    return type;
  };
  if (boxed && !type.is(TypeKind::structure) && !type.is(TypeKind::union_) && !type.is(TypeKind::external))
    return refuse("`heap=true` belongs to " + record(dialect) + "s and unions, not to `" + spelled(type, dialect) + "`",
                  is_scalar(type.kind) || type.is(TypeKind::enumeration) || type.is(TypeKind::void_) ? "remove `@nullable`" : "write `@nullable`");
  if (is_scalar(type.kind) || type.is(TypeKind::enumeration) || type.is(TypeKind::void_) || type.is(TypeKind::holder))
    return refuse("`" + spelled(type, dialect) + "` is never null",
                  type.is(TypeKind::void_) ? "remove `@nullable`" : "remove `@nullable`, or put the value into a " + record(dialect) + " that can be null");
  if (type.is(TypeKind::optional) || type.is(TypeKind::box)) return type;
  if (type.is(TypeKind::interface) || type.is(TypeKind::object)) {
    type.nullable = true;
    return type;
  }
  Type outer{boxed ? TypeKind::box : TypeKind::optional, nullptr, nullptr, 0};
  outer.element = std::make_shared<const Type>(std::move(type));
  return outer;
}

void bounded(Context& context, const Scope& scope, const ast::Annotation& annotation, Type& type) {
  if (type.is(TypeKind::optional)) {
    Type inner = *type.element;
    bounded(context, scope, annotation, inner);
    type.element = std::make_shared<const Type>(std::move(inner));
    return;
  }
  const ast::Expr* const written = argument_of(annotation, "value");
  if (written == nullptr) return;  // reported with the annotations
  if (!type.is(TypeKind::string) && !type.is(TypeKind::array) && !type.is(TypeKind::blob)) {
    context.error(Code::bound, annotation.span, "`@MaxSize` belongs to strings, arrays and lists without a fixed size, and to `blob`, not to `" +
                                                    spelled(type, scope.unit->file.dialect) + "`");
    return;
  }
  const Value value = evaluate(context, scope, *written, nullptr);
  if (value.kind != ValueKind::integer || value.integer < 1) return;  // told with the other parameters of annotations
  if (value.integer > kLargestBound)
    context.error(Code::bound, written->span, "`@MaxSize` is 1 to " + to_text(kLargestBound) + ", not " + to_text(value.integer));
  else
    type.max_size = static_cast<std::uint64_t>(value.integer);
}

}  // namespace

const Type& value_of(const Type& type) { return type.is(TypeKind::optional) || type.is(TypeKind::box) ? *type.element : type; }

Type resolve(Context& context, const Scope& scope, const ast::Type& written, const std::vector<ast::Annotation>& before) {
  Type type;
  if (unqualified_builtin(written.name.text()) == "List") {
    type = list_of(context, scope, written);
  } else {
    type = named(context, scope, written.name);
    generic(context, scope, written, type);
  }
  type = without_pointers(context, written, std::move(type));
  type = with_dimensions(context, scope, std::move(type), written.dimensions);
  for (const auto* const list : {&before, &written.annotations}) {
    if (type.is(TypeKind::error)) return type;
    if (const ast::Annotation* const found = find_annotation(*list, "nullable")) type = nullable(context, scope.unit->file.dialect, *found, std::move(type));
    if (const ast::Annotation* const found = find_annotation(*list, "MaxSize")) bounded(context, scope, *found, type);
  }
  if (!written.is_stream) return type;
  if (type.is(TypeKind::void_) || type.is(TypeKind::holder)) {
    context.error(Code::type_place, written.span, "a stream carries values, not `" + spelled(type, scope.unit->file.dialect) + "`");
    return {};
  }
  Type stream{TypeKind::stream, nullptr, nullptr, 0};
  stream.element = std::make_shared<const Type>(std::move(type));
  return stream;
}

}  // namespace shmidl::sema
