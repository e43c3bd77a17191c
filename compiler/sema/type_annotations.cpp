#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

// What annotations make of a type.
namespace shmidl::sema {
namespace {

using diag::Code;

constexpr Wide kLargestBound = 1U << 30U;  // what one call can carry

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

/// Strings are UTF-8 anyway; the annotation is checked for what other compilers would say.
void check_utf8(Context& context, const ast::Annotation& annotation, const ast::Type& written) {
  const auto is_string = [](const ast::Type& type) { return type.name.text() == "String"; };
  const bool list = unqualified_builtin(written.name.text()) == "List" && written.arguments.size() == 1 && is_string(written.arguments.front());
  if (!is_string(written) && !list)
    context.error(Code::annotation_target, annotation.span,
                  "`@utf8InCpp` belongs to `String`, `String[]` and `List<String>`, not to `" + written.name.text() + "`", "remove `@utf8InCpp`");
}

}  // namespace

Type annotated(Context& context, const Scope& scope, const ast::Type& written, const std::vector<ast::Annotation>& list, Type type) {
  if (type.is(TypeKind::error)) return type;
  if (const ast::Annotation* const found = find_annotation(list, "nullable")) type = nullable(context, scope.unit->file.dialect, *found, std::move(type));
  if (const ast::Annotation* const found = find_annotation(list, "MaxSize")) bounded(context, scope, *found, type);
  if (const ast::Annotation* const found = scope.unit->is_aidl() ? find_annotation(list, "utf8InCpp") : nullptr)
    check_utf8(context, *found, written);
  return type;
}

}  // namespace shmidl::sema
