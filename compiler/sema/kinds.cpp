#include <algorithm>

#include "sema/builtins.hpp"
#include "sema/context.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

bool carries(const Declaration& declaration, std::string_view name) {
  return find_annotation(declaration.written->annotations, name) != nullptr;
}

bool has_fixed_size(const Type& type) {
  if (type.is(TypeKind::fixed_array)) return has_fixed_size(*type.element);
  if (type.is(TypeKind::structure) || type.is(TypeKind::union_)) return carries(*type.declared, "FixedSize");
  return is_scalar(type.kind) || type.is(TypeKind::enumeration) || type.is(TypeKind::error);
}

bool is_immutable(const Type& type) {
  if (type.element) return is_immutable(*type.element);
  if (type.is(TypeKind::structure) || type.is(TypeKind::union_) || type.is(TypeKind::external))
    return carries(*type.declared, "JavaOnlyImmutable");
  return is_scalar(type.kind) || type.is(TypeKind::enumeration) || type.is(TypeKind::string) || type.is(TypeKind::interface) ||
         type.is(TypeKind::object) || type.is(TypeKind::error);
}

/// Checks every field against what the annotation promises.
template <class Holds>
void check_promise(Context& context, const Declaration& declaration, const char* annotation, Code code, const char* fault, const char* help,
                   const Holds& holds) {
  if (!carries(declaration, annotation)) return;
  for (const Field& field : declaration.fields) {
    if (holds(field.type)) continue;
    std::vector<diag::Note> notes = {{name_span(declaration), std::string{"declared as `@"} + annotation + "` here"}};
    const Type* base = &field.type;
    while (base->element) base = base->element.get();
    if (base->declared != nullptr) notes.push_back({name_span(*base->declared), "`" + base->declared->name + "` is declared here"});
    context.error(code, field.written->type.span, "`" + field.name + "` is `" + spelled(field.type, declaration.unit->file.dialect) + "`, which " + fault, help,
                  std::move(notes));
  }
}

bool has_zero(const Declaration& declaration) {
  return std::any_of(declaration.enumerators.begin(), declaration.enumerators.end(), [](const Enumerator& e) { return e.value == 0; });
}

/// A union that nobody has filled holds its first member.
void check_union(Context& context, const Declaration& declaration) {
  if (declaration.unit->file.members_incomplete) return;
  if (declaration.fields.empty()) {
    context.error(Code::union_members, name_span(declaration), "`" + declaration.name + "` has 0 fields, needs 1");
    return;
  }
  const Field& first = declaration.fields.front();
  const bool aidl = declaration.unit->is_aidl();
  const bool array = aidl && (first.type.is(TypeKind::array) || first.type.is(TypeKind::fixed_array)) && !first.written->type.dimensions.empty();
  const bool enumeration = first.type.is(TypeKind::enumeration) && (aidl || !has_zero(*first.type.declared));
  if ((array || enumeration) && !first.written->value.present())
    context.error(Code::union_members, first.written->name.span,
                  "a new `" + declaration.name + "` holds its first field, and `" + first.name + "` has no default",
                  array ? "write a default, such as `= {}`" : "write a default, or put another field first",
                  {{name_span(declaration), "declared here"}});
}

}  // namespace

void check_kind(Context& context, const Declaration& declaration) {
  check_promise(context, declaration, "FixedSize", Code::varying_size, "has no fixed size",
                "write a primitive type, an enum, an array with a size, or a type that is `@FixedSize`", has_fixed_size);
  check_promise(context, declaration, "JavaOnlyImmutable", Code::mutable_field, "can change",
                "write a primitive type, an enum, `String`, or a type that is `@JavaOnlyImmutable`", is_immutable);
  if (declaration.kind == DeclKind::union_) check_union(context, declaration);
}

}  // namespace shmidl::sema
