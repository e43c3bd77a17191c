#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "sema/builtins.hpp"
#include "sema/context.hpp"
#include "sema/numbers.hpp"

namespace shmidl::sema {
namespace {

using diag::Code;

/// Binder's range of transaction ids, as AIDL documents it.
constexpr Wide kLargestId = 16777114;

/// C++'s habit: `= 0` and no other number.
bool pure_virtual(const Declaration& interface) {
  return !interface.unit->is_aidl() && std::all_of(interface.methods.begin(), interface.methods.end(), [](const Method& method) {
    return !method.written->id.present() || method.written->id.text == "0";
  });
}

void check_ids(Context& context, Declaration& interface) {
  const ast::Method* with = nullptr;
  const ast::Method* without = nullptr;
  std::map<std::uint32_t, Span> seen;
  for (std::size_t index = 0; index < interface.methods.size(); ++index) {
    Method& method = interface.methods[index];
    const ast::Expr& written = method.written->id;
    method.id = static_cast<std::uint32_t>(index);
    if (!written.present()) {
      if (without == nullptr) without = method.written;
      continue;
    }
    if (with == nullptr) with = method.written;
    const bool digits = written.kind == ast::ExprKind::integer && written.text.find_first_not_of("0123456789") == std::string::npos;
    if (interface.unit->is_aidl() && !digits) {
      context.error(Code::transaction_id, written.span, "a method id is a number of decimal digits");
      continue;
    }
    const Type as_long{TypeKind::int64, nullptr, nullptr, 0};
    const Value value = evaluate_for(context, {interface.unit, &interface}, written, as_long, "a method id");
    if (value.kind == ValueKind::none) continue;
    if (value.integer < 0 || value.integer > kLargestId) {
      context.error(Code::transaction_id, written.span, "a method id is 0 to " + to_text(kLargestId) + ", not " + to_text(value.integer));
      continue;
    }
    method.id = static_cast<std::uint32_t>(value.integer);
    const auto [first, fresh] = seen.emplace(method.id, written.span);
    if (!fresh)
      context.error(Code::transaction_id, written.span, "two methods have the id " + std::to_string(method.id),
                    pure_virtual(interface) ? "remove `= 0`: every method is virtual in the generated class" : "",
                    {{first->second, "first given here"}});
  }
  if (with != nullptr && without != nullptr && pure_virtual(interface))
    context.error(Code::transaction_id, with->id.span, "`= 0` gives a method the id 0",
                  "remove it: every method is virtual in the generated class");
  else if (with != nullptr && without != nullptr)
    context.error(Code::transaction_id, without->name.span, "`" + without->name.text + "` has no id, and `" + with->name.text + "` has one",
                  "give an id to every method of an interface or to none", {{with->id.span, "an id is given here"}});
}

void check_nesting(Context& context, const Declaration& declaration) {
  const std::vector<diag::Note> outer = {{name_span(declaration), "declared here"}};
  for (const auto& nested : declaration.nested) {
    if (nested->name == declaration.name && nested->implied)
      context.error(Code::duplicate_name, name_span(declaration), "a union has a type `" + nested->name + "` of its own, which lists its members",
                    "give the union another name");
    else if (nested->name == declaration.name)
      context.error(Code::duplicate_name, name_span(*nested), "a nested type does not have the name of the type around it", {}, outer);
    if (nested->kind == DeclKind::unstructured)
      context.error(Code::nesting, name_span(*nested), "`" + nested->name + "` has no fields of its own, and does not lie in another type",
                    "declare it in a file of its own", outer);
    else if (!declaration.written->parameters.empty() && !nested->implied)
      context.error(Code::nesting, name_span(*nested), "nothing is declared inside of a type with type parameters",
                    "declare `" + nested->name + "` outside of `" + declaration.name + "`", outer);
  }
  const ast::Path& dotted = declaration.written->dotted;
  if (dotted.parts.size() > 1 && declaration.kind != DeclKind::unstructured)
    context.error(Code::nesting, dotted.span, "a type is declared by its own name, and `" + dotted.text() + "` has a dot",
                  "declare `" + declaration.name + "` inside of `" + dotted.parts[dotted.parts.size() - 2].text + "`");
}

void check_declaration(Context& context, Declaration& declaration) {
  if (declaration.kind == DeclKind::interface) check_ids(context, declaration);
  if (declaration.kind == DeclKind::enumeration && !declaration.implied && declaration.enumerators.empty() && !declaration.unit->file.members_incomplete)
    context.error(Code::empty_enum, name_span(declaration), "`" + declaration.name + "` has 0 enumerators, needs 1");
  check_nesting(context, declaration);
  check_kind(context, declaration);
}

/// AIDL: one type in a file, and the path of the file says which. Beside foreign types, any name goes.
void check_path(Context& context, const Unit& unit) {
  if (!unit.named || !unit.is_aidl() || unit.declarations.empty() || unit.file.incomplete) return;
  const std::filesystem::path path{unit.path};
  std::vector<const Declaration*> structured;
  for (const auto& declaration : unit.declarations)
    if (declaration->kind != DeclKind::unstructured) structured.push_back(declaration.get());
  if (structured.size() > 1) {
    context.error(Code::path_mismatch, name_span(*structured[1]),
                  "an AIDL file declares 1 type, this one declares " + std::to_string(structured.size()),
                  "put `" + structured[1]->name + "` into `" + structured[1]->name + ".aidl`, or inside of `" + structured[0]->name + "`",
                  {{name_span(*structured[0]), "the first one is here"}});
    return;
  }
  if (unit.file.declarations.size() > 1) return;
  const Declaration& only = *unit.declarations.front();
  const std::vector<ast::Name>& dotted = only.written->dotted.parts;
  const bool foreign = only.kind == DeclKind::unstructured && !dotted.empty();
  const std::string& outermost = foreign ? dotted.front().text : only.name;
  if (outermost != path.stem().string()) {
    context.error(Code::path_mismatch, name_span(only),
                  "`" + only.name + "` is declared in a file named `" + path.filename().string() + "`",
                  "name the file `" + outermost + ".aidl`");
    return;
  }
  std::string folder = unit.package;
  std::replace(folder.begin(), folder.end(), '.', '/');
  const std::string actual = std::filesystem::absolute(path).lexically_normal().parent_path().generic_string();
  if (!folder.empty() && actual != folder && !actual.ends_with("/" + folder))
    context.error(Code::path_mismatch, unit.file.package.span, "a file of package `" + unit.package + "` lies in a folder `" + folder + "`",
                  "move it to `" + folder + "/" + path.filename().string() + "`");
}

/// C++ cannot tell a namespace from a class of the same name in the same scope.
void check_namespaces(Context& context) {
  std::set<std::string> reported;
  for (const auto& unit : context.program.units) {
    if (!unit->needed) continue;
    for (std::size_t end = unit->package.find('.'); !unit->package.empty(); end = unit->package.find('.', end + 1)) {
      const std::string prefix = unit->package.substr(0, end);
      const auto type = context.by_name.find(prefix);
      if (type != context.by_name.end() && type->second->unit->needed && reported.insert(prefix).second)
        context.error(Code::namespace_is_type, unit->file.package.span, "the package `" + prefix + "` has the name of a type",
                      "give one of them another name", {{name_span(*type->second), "the type is declared here"}});
      if (end == std::string::npos) break;
    }
  }
}

}  // namespace

void check_declarations(Context& context) {
  check_reserved_names(context);
  for (const auto& unit : context.program.units) check_path(context, *unit);
  each_declaration(context.program, [&](Declaration& declaration) {
    if (declaration.unit->whole) return check_declaration(context, declaration);
    if (declaration.kind == DeclKind::interface) check_ids(context, declaration);
  });
  check_namespaces(context);
}

}  // namespace shmidl::sema
