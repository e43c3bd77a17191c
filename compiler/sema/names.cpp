#include <algorithm>
#include <string>
#include <unordered_set>

#include "sema/context.hpp"
#include "sema/cpp_words.hpp"
#include "sema/library_names.hpp"

namespace shmidl::sema {
namespace {

/// The names of one C++ scope: each IDL name is given out unchanged, or with `_` appended and a warning.
class CppScope {
 public:
  /// `around`: a scope whose names are taken here too.
  CppScope(Context& context, const Unit& unit, const CppScope* around = nullptr) : context_(context), around_(around), tells_(unit.whole) {}

  /// The C library's own names are in the global namespace too.
  void is_global() { global_ = true; }
  void take(const std::string& name) { taken_.insert(name); }

  std::string give(const std::string& name, Span span) {
    std::string result = name;
    std::string reason;
    const auto clashes = [&](const std::string& candidate) {
      if (is_cpp_keyword(candidate))
        reason = "is a keyword of C++";
      else if (is_library_macro(candidate))
        reason = "is a macro of the C library";
      else if (candidate == name && is_compiler_form(candidate))
        reason = "has the form of the compiler's own names";
      else if (candidate == name && candidate.starts_with("shmidl_"))
        reason = "has the form of the names that generated code adds";
      else if (lies_in_global() && is_library_global(candidate))
        reason = "is a name of the C library";
      else if (has(candidate))
        reason = "is a name that generated code uses here";
      else
        return false;
      return true;
    };
    std::string told;  // why the name itself could not stay; its longer forms may clash for other reasons
    while (clashes(result)) {
      if (told.empty()) told = reason;
      result += '_';
    }
    if (result != name && tells_)
      context_.sink.report({diag::Code::renamed, span, "`" + name + "` " + told + ": in C++ it is `" + result + "`", {}, {}, {}});
    taken_.insert(result);
    return result;
  }

 private:
  [[nodiscard]] bool lies_in_global() const { return global_ || (around_ != nullptr && around_->lies_in_global()); }
  [[nodiscard]] bool has(const std::string& name) const { return taken_.contains(name) || (around_ != nullptr && around_->has(name)); }

  Context& context_;
  const CppScope* around_;
  std::unordered_set<std::string> taken_;
  bool global_ = false;
  bool tells_;  ///< an imported file tells it when it is named itself
};

/// Names that generated code adds to a class.
std::vector<std::string_view> members_of(DeclKind kind) {
  if (kind == DeclKind::interface) return {"Client", "Object", "allocate"};
  if (kind == DeclKind::structure) return {"View", "copy"};
  if (kind == DeclKind::union_) return {"Tag", "Union", "UnionView", "View", "copy", "get", "make", "tag", "visit"};
  return {};
}

class Namer {
 public:
  explicit Namer(Context& context) : context_(context) {}

  void run(Unit& unit) {
    for (const ast::Name& part : unit.file.package.parts) {
      CppScope scope(context_, unit);
      if (unit.cpp_namespace.empty()) scope.is_global();
      for (const char* const name : {"std", "shmidl", "to_string"}) scope.take(name);
      const std::string name = scope.give(part.text, part.span);
      unit.cpp_namespace += (unit.cpp_namespace.empty() ? "" : "::") + name;
    }
    const std::string outer = unit.cpp_namespace.empty() ? "::" : "::" + unit.cpp_namespace + "::";
    CppScope scope(context_, unit);
    if (unit.cpp_namespace.empty()) scope.is_global();
    for (const char* const name : {"std", "shmidl", "to_string"}) scope.take(name);
    for (auto& declaration : unit.declarations) name_type(scope, *declaration, outer);
    for (Constant& constant : unit.constants) constant.cpp_name = scope.give(constant.name, constant.written->name.span);
    CppScope seen(context_, unit);
    for (const Constant& constant : unit.constants) seen.take(constant.cpp_name);
    for (const Unit* const other : unit.imports)
      if (lies_around(*other, unit))
        for (const Constant& constant : other->constants) seen.take(constant.name);
    for (auto& declaration : unit.declarations) inside(*declaration, seen);
  }

 private:
  void name_type(CppScope& scope, Declaration& declaration, const std::string& outer) {
    if (declaration.kind == DeclKind::unstructured) {  // the user's own class, whose name is what it is
      declaration.cpp_name = declaration.name;
      declaration.cpp_qualified = outer;
      for (const ast::Name& part : declaration.written->dotted.parts)
        declaration.cpp_qualified += (&part == &declaration.written->dotted.parts.front() ? "" : "::") + part.text;
      return;
    }
    // No member has its class's name, so the class has not the name of a member that generated code adds.
    CppScope own(context_, *declaration.unit, &scope);
    for (const std::string_view name : members_of(declaration.kind)) own.take(std::string{name});
    declaration.cpp_name = declaration.implied ? declaration.name : own.give(declaration.name, name_span(declaration));
    scope.take(declaration.cpp_name);
    declaration.cpp_qualified = outer + declaration.cpp_name;
  }

  /// `around`: what a parameter must not hide of what is declared outside.
  void inside(Declaration& declaration, const CppScope& around) {
    CppScope scope(context_, *declaration.unit);
    for (const char* const name : {"std", "shmidl"}) scope.take(name);
    scope.take(declaration.cpp_name);
    for (const std::string_view name : members_of(declaration.kind)) scope.take(std::string{name});
    if (declaration.kind == DeclKind::interface) reserve_forms(scope, declaration);

    for (auto& nested : declaration.nested) name_type(scope, *nested, declaration.cpp_qualified + "::");
    for (Constant& constant : declaration.constants) constant.cpp_name = scope.give(constant.name, constant.written->name.span);
    CppScope enumerators(context_, *declaration.unit);  // of an enum, or of a union's Tag: a scope of their own
    CppScope& members = declaration.kind == DeclKind::union_ ? enumerators : scope;
    for (Field& field : declaration.fields) field.cpp_name = members.give(field.name, field.written->name.span);
    for (Enumerator& enumerator : declaration.enumerators)
      if (!declaration.implied) enumerator.cpp_name = enumerators.give(enumerator.name, enumerator.written->name.span);
    CppScope seen(context_, *declaration.unit, &around);
    for (const Constant& constant : declaration.constants) seen.take(constant.cpp_name);
    for (const auto& nested : declaration.nested) seen.take(nested->cpp_name);
    for (Method& method : declaration.methods) {
      method.cpp_name = scope.give(method.name, method.written->name.span);
      name_parameters(declaration, method, seen);
    }
    for (auto& nested : declaration.nested) {
      inside(*nested, seen);
      if (nested->implied)
        for (std::size_t i = 0; i < declaration.fields.size(); ++i) nested->enumerators[i].cpp_name = declaration.fields[i].cpp_name;
    }
  }

  /// A method `try_x` beside `x` would be the client's own form of `x`.
  static void reserve_forms(CppScope& scope, const Declaration& interface) {
    for (const Method& method : interface.methods) {
      scope.take("try_" + method.name);
      if (!method.oneway) scope.take("async_" + method.name);
    }
  }

  /// A parameter hides nothing that the compiler warns of: constants and nested types of the class, and constants around it.
  void name_parameters(const Declaration& interface, Method& method, const CppScope& around) {
    CppScope scope(context_, *interface.unit, &around);
    for (const char* const name : {"std", "shmidl", "options", "Client", "Object"}) scope.take(name);
    scope.take(interface.cpp_name);
    scope.take("shmidl_" + interface.cpp_name);
    for (Parameter& parameter : method.parameters) parameter.cpp_name = scope.give(parameter.name, parameter.written->name.span);
  }

  /// Are names of `outer`'s package seen from within `inner`'s without a prefix?
  static bool lies_around(const Unit& outer, const Unit& inner) {
    return outer.package.empty() || inner.package == outer.package || inner.package.starts_with(outer.package + ".");
  }

  Context& context_;
};

}  // namespace

void name_for_cpp(Context& context) {
  for (const auto& unit : context.program.units)
    if (unit->needed) Namer(context).run(*unit);
}

}  // namespace shmidl::sema
