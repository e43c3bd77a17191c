#include <algorithm>
#include <cctype>
#include <map>

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

/// AIDL: a getter is named after its field with a capital, so two fields must not differ in that alone.
void check_getters(Context& context, const Declaration& declaration) {
  if (!declaration.unit->is_aidl() || (declaration.kind != DeclKind::union_ && !carries(declaration, "JavaOnlyImmutable"))) return;
  std::map<std::string, const Field*> seen;
  for (const Field& field : declaration.fields) {
    std::string name = field.name;
    if (name.empty()) continue;
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    const auto [first, fresh] = seen.emplace(std::move(name), &field);
    if (!fresh && first->second->name != field.name)  // the same name is told as such
      context.error(Code::duplicate_name, field.written->name.span,
                    "`" + field.name + "` and `" + first->second->name + "` are alike once their first letter is a capital",
                    "give one of them another name", {{first->second->written->name.span, "the other one is here"}});
  }
}

bool derives(const Declaration& declaration, const std::string& what) {
  const ast::Annotation* const annotation = find_annotation(declaration.written->annotations, "RustDerive");
  const ast::Expr* const given = annotation == nullptr ? nullptr : argument_of(*annotation, what);
  return given != nullptr && given->text == "true";
}

/// What a type derives, the parcelables and unions in it derive too.
void check_derived(Context& context, const Declaration& declaration) {
  const ast::Annotation* const annotation = find_annotation(declaration.written->annotations, "RustDerive");
  if (annotation == nullptr) return;
  for (const Field& field : declaration.fields) {
    const Type* type = &field.type;
    while (type->element) type = type->element.get();
    const bool list = unqualified_builtin(field.written->type.name.text()) == "List";
    if (list || (!type->is(TypeKind::structure) && !type->is(TypeKind::union_))) continue;
    for (const ast::Argument& argument : annotation->arguments)
      if (derives(declaration, argument.name.text) && !derives(*type->declared, argument.name.text))
        context.error(Code::annotation_parameter, argument.name.span,
                      "`" + declaration.name + "` cannot derive `" + argument.name.text + "`, because `" + field.name + "` is `" +
                          type->declared->name + "`, which does not",
                      "write `@RustDerive(" + argument.name.text + "=true)` before `" + type->declared->name + "`",
                      {{field.written->name.span, "the field is here"}, {name_span(*type->declared), "its type is declared here"}});
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
  check_getters(context, declaration);
  check_derived(context, declaration);
  if (declaration.kind == DeclKind::union_) check_union(context, declaration);
}

}  // namespace shmidl::sema
