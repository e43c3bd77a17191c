#include <algorithm>

#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

constexpr std::uint64_t kMostElements = 1U << 24U;  // of a fixed array; chosen, not measured

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
  constexpr std::size_t kMostDimensions = 100;  // chosen, not measured
  if (dimensions.size() + count - 1 > kMostDimensions) {
    if (!type.is(TypeKind::error))
      context.error(Code::too_large, dimensions.front().span, "an array has at most 100 dimensions, not " + std::to_string(dimensions.size() + count - 1));
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
  if (type.is(TypeKind::void_)) {
    context.error(Code::c_construct, join(written.name.span, written.pointers.back()), "`void *` does not say what it points to",
                  "write bytes: `uint8_t[]`");
    return {};
  }
  const bool text = type.is(TypeKind::char8) && written.pointers.size() == 1;
  if (text && written.is_const) return {TypeKind::string, nullptr, nullptr, 0};
  context.error(Code::c_construct, written.pointers.front(), "an address has no meaning in another process",
                text ? "write `const char *` or `string`"
                     : "write the value itself, or an array such as `" + written.name.text() + " name[]`");
  return {};
}

}  // namespace

const Type& value_of(const Type& type) { return type.is(TypeKind::optional) || type.is(TypeKind::box) ? *type.element : type; }

Type resolve(Context& context, const Scope& scope, const ast::Type& written, const std::vector<ast::Annotation>& before) {
  Type type;
  if (unqualified_builtin(written.name.text()) == "List") {
    type = list_of(context, scope, written);
  } else {
    type = named_type(context, scope, written.name);
    generic(context, scope, written, type);
  }
  type = without_pointers(context, written, std::move(type));
  type = with_dimensions(context, scope, std::move(type), written.dimensions);
  for (const auto* const list : {&before, &written.annotations}) type = annotated(context, scope, written, *list, std::move(type));
  if (!written.is_stream || type.is(TypeKind::error)) return type;
  if (type.is(TypeKind::void_) || type.is(TypeKind::holder)) {
    context.error(Code::type_place, written.span, "a stream carries values, not `" + spelled(type, scope.unit->file.dialect) + "`");
    return {};
  }
  Type stream{TypeKind::stream, nullptr, nullptr, 0};
  stream.element = std::make_shared<const Type>(std::move(type));
  return stream;
}

}  // namespace shmidl::sema
